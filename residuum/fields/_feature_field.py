"""A field as features times a last layer."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from residuum._core import Index, Jet, LinearField
from residuum._core import _jet as jets
from residuum.blocks import Block


class FeatureField(LinearField):
    """value = [trunk(points), 1] · weights: every network and every basis of the library.

    Args:
        trunk: block from coordinates to features.
        weights: shape (features + 1, m); the last row is the constant.
    """

    trunk: Block
    weights: Array

    @property
    def head(self) -> Array:
        return self.weights

    def with_head(self, head: Array) -> FeatureField:
        return FeatureField(self.trunk, head)

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        jet = self.trunk.jet(jets.coordinates(points, [*indices, (0,) * points.shape[1]]))
        one = jets.constant(jnp.ones((points.shape[0], 1), points.dtype), jet.indices)
        return jets.concatenate([jet, one])

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        jet = self.trunk.jet(jets.coordinates(points, [*indices, (0,) * points.shape[1]]))
        return jet.linear(lambda part: part @ self.weights[:-1]) + self.weights[-1]

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        zero = jnp.zeros((points.shape[0], 1), points.dtype)
        return jets.constant(zero, jets.closure([*indices, (0,) * points.shape[1]]))
