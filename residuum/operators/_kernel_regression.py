"""Kernel ridge regression with a Gaussian kernel between inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Source
from residuum.datasets import Samples
from residuum.operators._floor import FixedGrid, Floor, centred, left_out

WIDTHS = 2.0 ** np.arange(-1, 6)
"""Widths of the kernel over the median distance, of which the best is taken."""


@final
class KernelMap(FixedGrid):
    """y = mean + Σ_i exp(-|x - x_i|² / 2 l²) w_i.

    Args:
        samples: inputs of the fit, (n, p).
        weights: (n, q).
        mean: (q,).
        width: l, shape ().
    """

    samples: np.ndarray
    weights: np.ndarray
    mean: np.ndarray
    width: np.ndarray

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        squares = _squares(self.vectors(inputs), jnp.asarray(self.samples))
        kernel = jnp.exp(-0.5 * squares / self.width**2)
        return self.answers(kernel @ jnp.asarray(self.weights) + self.mean)


@final
@dataclass(frozen=True)
class KernelRegression(Floor):
    """The mean of a Gaussian process with a Gaussian kernel of the distance between inputs.

    Width and regularisation are those whose error on left-out training samples is least. With a few
    hundred samples of smooth families it often stands level with trained operators.
    """

    name: ClassVar[str] = "kernel_regression"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "kernel-operator-learning",
            "Kernel Methods are Competitive for Operator Learning",
            "P. Batlle, M. Darcy, B. Hosseini, H. Owhadi",
            2024,
            "doi:10.1016/j.jcp.2023.112549",
            "verified",
        ),
    )

    def fit(self, samples: Samples) -> KernelMap:
        """Return the fitted map; n³ operations for each width."""
        centre, size, inputs, outputs = centred(samples)
        mean = outputs.mean(axis=0)
        squares = np.maximum(np.asarray(_squares(inputs, inputs)), 0.0)
        pairs = squares[~np.eye(len(inputs), dtype=bool)]
        middle = float(np.sqrt(np.median(pairs))) or 1.0
        fits = []
        for width in WIDTHS * middle:
            weights, error = left_out(np.exp(-0.5 * squares / width**2), outputs - mean)
            fits.append((error, width, weights))
        _, width, weights = min(fits, key=lambda item: item[0])
        parts = (part.astype(np.float32) for part in (inputs, weights, mean, np.asarray(width)))
        return KernelMap(centre, size, samples.outputs.shape[1:], *parts)


def _squares(left: Array | np.ndarray, right: Array | np.ndarray) -> Array | np.ndarray:
    """Return |x - y|² between rows, shape (n, m)."""
    return (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
