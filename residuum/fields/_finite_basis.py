"""Fields on patches: one small field per subdomain, blended or side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Block, Patches
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._feature_field import FeatureField
from residuum.fields._random_tanh import RandomTanh


@dataclass(frozen=True)
class FiniteBasis(Architecture):
    """u = Σ_k w_k(z)·u_k(z_k): fields of one recipe on the patches of the box.

    Args:
        field: recipe of the field of one patch; 60 random features if left out.
        split: number of patches along each axis, one for all axes or one per axis.
        overlap: width of the overlap of neighbours as a share of a patch, 0 to 1. With 0 the field
            is only pieces, and rows have to couple them: see ``Interfaces``. 0.9 is a good start.
        scale: factor of the recipe's own scale, where it has one.
    """

    field: Architecture | None = None
    split: int | tuple[int, ...] = 4
    overlap: float = 0.9
    scale: float = 1.0

    name: ClassVar[str] = "finite_basis"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "finite-basis",
            "Finite basis physics-informed neural networks (FBPINNs): a scalable domain "
            "decomposition approach for solving differential equations",
            "B. Moseley, A. Markham, T. Nissen-Meyer",
            2023,
            "arXiv:2107.07871",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        for count in (self.split,) if isinstance(self.split, int) else self.split:
            whole(self, split=count)
        positive(self, scale=self.scale)
        if not 0 <= self.overlap <= 1:
            raise OptionError("an overlap of 0 to 1", str(self.overlap), "Correct FiniteBasis.")

    def trunk(self, frame: Frame, key: Key) -> Block:
        split = self._split(frame)
        inner = self._inner(frame, split)
        parts = tuple(
            self._recipe.trunk(inner, jax_key(key, 83, k)) for k in range(int(np.prod(split)))
        )
        cut = tuple(axis for axis in frame.periodic if split[axis] > 1)
        return Patches(parts, split, float(self.overlap), cut)

    def build(self, frame: Frame, key: Key) -> FeatureField:
        built = super().build(frame, key)
        # Each patch starts as if it were alone; the constant of the whole box stays zero.
        patches = int(np.prod(self._split(frame)))
        per = (built.head.shape[0] - 1) // patches
        heads = [self._recipe.head(per, frame.outputs, jax_key(key, 89, k)) for k in range(patches)]
        return built.with_head(jnp.concatenate([*heads, jnp.zeros((1, frame.outputs))]))

    @property
    def _recipe(self) -> Any:
        recipe: Any = self.field or RandomTanh(60)
        if self.scale == 1 or not hasattr(recipe, "scale"):
            return recipe
        return replace(recipe, scale=recipe.scale * self.scale)

    def _split(self, frame: Frame) -> tuple[int, ...]:
        split = (self.split,) * frame.dimension if isinstance(self.split, int) else self.split
        if len(split) != frame.dimension:
            raise OptionError(
                f"{frame.dimension} numbers of patches", str(split), "Give one per coordinate."
            )
        return tuple(int(count) for count in split)

    def _inner(self, frame: Frame, split: tuple[int, ...]) -> Frame:
        """Return where the field of a patch lives: it repeats only along uncut periodic axes."""
        whole_axes = tuple(axis for axis in frame.periodic if split[axis] == 1)
        unit = np.ones(frame.dimension)
        return Frame(0 * unit, unit, whole_axes, frame.outputs)
