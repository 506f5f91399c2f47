"""One network per unknown: nothing is shared but the coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from residuum._core import Index, Jet, Key, LinearField, OptionError, Source, generator
from residuum._core import _jet as jets
from residuum.blocks import Block
from residuum.fields._architecture import Architecture, Frame
from residuum.fields._feature_field import FeatureField


class BranchField(LinearField):
    """value_j = [trunk_j(points), 1] · w_j.

    Args:
        parts: one field of one unknown each, with equal numbers of features.
    """

    parts: tuple[FeatureField, ...]

    @property
    def head(self) -> Array:
        return jnp.concatenate([part.head for part in self.parts], axis=1)

    def with_head(self, head: Array) -> BranchField:
        columns = [head[:, j : j + 1] for j in range(len(self.parts))]
        return BranchField(tuple(p.with_head(h) for p, h in zip(self.parts, columns, strict=True)))

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.parts[component].features(points, indices)

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.parts[component].offset(points, indices)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        return jets.concatenate([part.jet(points, indices) for part in self.parts])


@dataclass(frozen=True)
class Branches(Architecture):
    """A network of its own for every unknown.

    Args:
        of: recipe of each; every unknown gets it with another key.

    Good where the unknowns have nothing in common, such as characteristics and the state on them:
    a shared network has to spend its width on both.
    """

    of: Architecture

    name: ClassVar[str] = "branches"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "lagrangian-pinn",
            "Lagrangian PINNs: A causality-conforming solution to failure modes of "
            "physics-informed neural networks",
            "R. Mojgani, M. Balajewicz, P. Hassanzadeh",
            2022,
            "arXiv:2205.02902",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not isinstance(self.of, Architecture):
            raise OptionError(
                "a recipe of each unknown", repr(self.of), "Write Branches(MLP(20, 2)), say."
            )

    def trunk(self, frame: Frame, key: Key) -> Block:
        return self.of.trunk(frame, key)

    def build(self, frame: Frame, key: Key) -> LinearField:  # type: ignore[override]
        """Return the field, dimensionless inside, of size one outside."""
        single = Frame(frame.centre, frame.half_width, frame.periodic, 1)
        return BranchField(
            tuple(self.of.build(single, _other(key, j)) for j in range(frame.outputs))
        )


def _other(key: Key, j: int) -> Key:
    return int(generator(key, 83, j).integers(1 << 31))
