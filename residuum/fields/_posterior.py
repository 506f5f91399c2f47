"""A field with error bars: a Gaussian over its last layer."""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Index, Jet, LinearField, in_double_precision

CHUNK = 2048


class PosteriorField(LinearField):
    """A field whose last layer is Gaussian: its value is the mean, and it knows its deviation.

    The deviation says how far the answer may be off *if the prior and the noise are what was
    assumed*. It is no certificate.

    Args:
        mean: the field at the mean.
        root: R with covariance RRᵀ of the last layer of a field of one unknown, shape
            (features, r).
    """

    mean: LinearField
    root: np.ndarray

    @property
    def head(self) -> Array:
        return self.mean.head

    def with_head(self, head: Array) -> PosteriorField:
        return PosteriorField(self.mean.with_head(head), self.root)

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.mean.features(points, indices, component)

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.mean.offset(points, indices, component)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        return self.mean.jet(points, indices)

    @in_double_precision
    def deviation(self, points: np.ndarray) -> np.ndarray:
        """Return the posterior standard deviation at points (n, d), in units of the unknown: (n,).

        Multiply by 1.645 for a band of 90 %.
        """
        parts = [
            np.asarray(_deviation(self, jnp.asarray(points[start : start + CHUNK])))
            for start in range(0, len(points), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)


@eqx.filter_jit
def _deviation(field: PosteriorField, points: Array) -> Array:
    zero = (0,) * points.shape[1]
    return jnp.linalg.norm(field.features(points, [zero]).value @ field.root, axis=1)
