"""Principal components in, principal components out, a linear map between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.datasets import Samples
from residuum.operators._floor import FixedGrid, Floor, centred


@final
class ComponentMap(FixedGrid):
    """y = mean + ((x · E) W) D.

    Args:
        encoder: components in, (p, r).
        weights: (r, s).
        decoder: components out, (s, q).
        mean: answer at the mean input, (q,).
    """

    encoder: np.ndarray
    weights: np.ndarray
    decoder: np.ndarray
    mean: np.ndarray

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        components = self.vectors(inputs) @ jnp.asarray(self.encoder) @ jnp.asarray(self.weights)
        return self.answers(components @ jnp.asarray(self.decoder) + self.mean)


@final
@dataclass(frozen=True)
class PODLinear(Floor):
    """Least squares between the leading principal components of inputs and answers.

    Args:
        modes: components kept on either side; by default those in, out of 1, 2, 4, …, whose error
            on a fifth of the samples, left out in turn, is least, and those out that hold all but
            1e-8 of the energy.

    Raises:
        OptionError: less than one mode.
    """

    modes: int | None = None

    name: ClassVar[str] = "pod_linear"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pca-operator",
            "Model Reduction and Neural Networks for Parametric PDEs",
            "K. Bhattacharya, B. Hosseini, N. B. Kovachki, A. M. Stuart",
            2021,
            "doi:10.5802/smai-jcm.74",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.modes is not None and self.modes < 1:
            raise OptionError("one mode or more", repr(self.modes), "Leave it out.")

    def fit(self, samples: Samples) -> ComponentMap:
        """Return the fitted map."""
        centre, size, inputs, outputs = centred(samples)
        mean = outputs.mean(axis=0)
        _, values, decoder = np.linalg.svd(outputs - mean, full_matrices=False)
        energy = np.cumsum(values[::-1] ** 2)[::-1]
        kept = int((energy > 1e-8 * max(energy[0], 1e-300)).sum()) or 1
        decoder = decoder[: self.modes or kept]
        count = self.modes or _best(inputs, outputs)
        encoder, weights = _map(inputs, (outputs - mean) @ decoder.T, count)
        parts = (part.astype(np.float32) for part in (encoder, weights, decoder, mean))
        return ComponentMap(centre, size, samples.outputs.shape[1:], *parts)


def _map(inputs: np.ndarray, codes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the components in, (p, r), and the least-squares map from them, (r, s)."""
    left, values, right = np.linalg.svd(inputs, full_matrices=False)
    real = int((values > 1e-10 * values[0]).sum()) if values.size and values[0] > 0 else 1
    count = min(count, real)
    weights = (left[:, :count].T @ codes) / np.maximum(values[:count], 1e-300)[:, None]
    return right[:count].T, weights


def _best(inputs: np.ndarray, outputs: np.ndarray, folds: int = 5) -> int:
    """Return the number of components whose error on left-out samples is least."""
    n = len(inputs)
    fold = np.arange(n) % min(folds, n)
    counts = [2**k for k in range(int(np.log2(max(n - n // folds - 1, 1))) + 1)]
    errors = np.zeros(len(counts))
    for i in range(fold.max() + 1):
        mine, out = fold != i, fold == i
        mean, centre = outputs[mine].mean(axis=0), inputs[mine].mean(axis=0)
        size = np.linalg.norm(outputs[out] - mean, axis=1)
        for k, count in enumerate(counts):
            encoder, weights = _map(inputs[mine] - centre, outputs[mine] - mean, count)
            gap = mean + (inputs[out] - centre) @ encoder @ weights - outputs[out]
            errors[k] += (np.linalg.norm(gap, axis=1) / np.maximum(size, 1e-300)).sum()
    return counts[int(errors.argmin())]
