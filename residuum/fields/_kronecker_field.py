"""A field on products of features, contracted axis by axis."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from residuum._core import Index, Jet, LinearField
from residuum._core import _jet as jets
from residuum.blocks import KernelProducts, Standardise


class KroneckerField(LinearField):
    """value = Σ_ij φ_i(z_1) W_ij φ_j(z_2): the products themselves are never stored.

    Args:
        start: brings coordinates to dimensionless ones.
        products: features of each coordinate.
        weights: W in the order of an outer product, shape (features, 1).
    """

    start: Standardise
    products: KernelProducts
    weights: Array

    @property
    def head(self) -> Array:
        return self.weights

    def with_head(self, head: Array) -> KroneckerField:
        return KroneckerField(self.start, self.products, head)

    def _places(self, points: Array, indices: Sequence[Index]) -> Jet:
        return self.start.jet(jets.coordinates(points, [*indices, (0,) * points.shape[1]]))

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.products.jet(self._places(points, indices))

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        zero = jnp.zeros((points.shape[0], 1), points.dtype)
        return jets.constant(zero, jets.closure([*indices, (0,) * points.shape[1]]))

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        places, axes = self._places(points, indices), self.products.axes
        found = axes[-1].jet(places[:, -1:])
        if len(axes) == 1:
            return found.linear(lambda part: part @ self.weights)
        shape = (axes[0].mixing.shape[1], axes[1].mixing.shape[1])
        table = self.weights.reshape(shape)
        across = axes[0].jet(places[:, 0:1]).linear(lambda part: part @ table)
        return (across * found).linear(lambda part: part.sum(axis=1, keepdims=True))
