"""Features of space times polynomials of time: what a slab of time asks for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from residuum._core import Key, OptionError, Source
from residuum.blocks import Block, ChebyshevProducts, Product
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._gaussians import Gaussians


@dataclass(frozen=True)
class TimeProducts(Architecture):
    """φ_ij(t, x) = T_i(t) ψ_j(x): Chebyshev polynomials of time times any features of space.

    Args:
        space: recipe of the features of space alone; Gaussians on a lattice if left out.
        degree: highest degree in time. Good starting values: 4 to 8 in a slab in which the answer
            changes by its own size.
        scale: factor of the scale of the features of space, where they have one.

    It breaks where fronts travel over many of their widths within the stretch of time.
    """

    space: Architecture = dataclasses.field(default_factory=lambda: Gaussians(96))
    degree: int = 6
    scale: float = 1.0

    name: ClassVar[str] = "time_products"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "space-time-collocation",
            "Local extreme learning machines and domain decomposition for solving linear and "
            "nonlinear partial differential equations",
            "S. Dong, Z. Li",
            2021,
            "doi:10.1016/j.cma.2021.114129",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        whole(self, degree=self.degree)
        positive(self, scale=self.scale)
        if not isinstance(self.space, Architecture):
            raise OptionError("a recipe for space", repr(self.space), "Correct TimeProducts.")

    def trunk(self, frame: Frame, key: Key) -> Block:
        if frame.dimension < 2:
            remedy = "Use TensorChebyshev in time alone."
            raise OptionError("time and at least one axis of space", str(frame.centre), remedy)
        recipe: Any = self.space
        if hasattr(recipe, "scale"):
            recipe = dataclasses.replace(recipe, scale=recipe.scale * self.scale)
        return Product(ChebyshevProducts((self.degree,)), recipe.trunk(frame.space, key))
