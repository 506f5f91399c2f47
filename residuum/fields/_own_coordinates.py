"""Unknowns of fewer coordinates than the problem has, beside others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import equinox as eqx
from jax import Array

from residuum._core import Index, Jet, LinearField
from residuum.fields._feature_field import FeatureField


@final
class OwnCoordinates(LinearField):
    """A field whose components each use the features of their own coordinates alone.

    Args:
        field: the field of all features.
        own: which features a component may use, (features + 1, m), ones and zeros.
    """

    field: FeatureField
    own: Array

    @property
    def head(self) -> Array:
        return self.field.head

    def with_head(self, head: Array) -> OwnCoordinates:
        return eqx.tree_at(lambda f: f.field, self, self.field.with_head(head * self.own))

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        found = self.field.features(points, indices, component)
        mine = self.own[:, component]
        return found.linear(lambda part: part * mine)

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.field.offset(points, indices, component)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        return self.field.jet(points, indices)
