"""Ridge regression from all numbers in to all numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Source
from residuum.datasets import Samples
from residuum.operators._floor import FixedGrid, Floor, centred, left_out


@final
class LinearMap(FixedGrid):
    """y = mean + (x · X) W: a linear map that is kept by the samples it was fitted on.

    Args:
        samples: inputs of the fit, (n, p).
        weights: (n, q).
        mean: answer at the mean input, (q,).
    """

    samples: np.ndarray
    weights: np.ndarray
    mean: np.ndarray

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        products = self.vectors(inputs) @ jnp.asarray(self.samples).T
        return self.answers(products @ jnp.asarray(self.weights) + self.mean)


@final
@dataclass(frozen=True)
class Ridge(Floor):
    """The linear map with the least squares error and a penalty on its size.

    The penalty is the one whose error on left-out training samples is least. Exact where the answer
    is linear in the input, such as a source; that is where trained operators have nothing to win.
    """

    name: ClassVar[str] = "ridge"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "ridge-regression",
            "Ridge Regression: Biased Estimation for Nonorthogonal Problems",
            "A. E. Hoerl, R. W. Kennard",
            1970,
            "doi:10.1080/00401706.1970.10488634",
            "verified",
        ),
    )

    def fit(self, samples: Samples) -> LinearMap:
        """Return the fitted map; n³ operations for n samples."""
        centre, size, inputs, outputs = centred(samples)
        mean = outputs.mean(axis=0)
        weights, _ = left_out(inputs @ inputs.T, outputs - mean)
        parts = (part.astype(np.float32) for part in (inputs, weights, mean))
        return LinearMap(centre, size, samples.outputs.shape[1:], *parts)
