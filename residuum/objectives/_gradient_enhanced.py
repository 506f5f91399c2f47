"""The residual together with its derivatives, which vanish as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import Field, Key, OptionError, Source
from residuum.objectives._inferred import Inferred
from residuum.objectives._objective import Objective
from residuum.objectives._points import Points
from residuum.objectives._rows import Rows
from residuum.problem import Problem, Scaling, pointwise


@dataclass(frozen=True)
class GradientEnhanced(Objective):
    """r and weight · half-width_i · ∂r/∂x_i at the same points, in one pass.

    A residual that is small at points can be large between them; its slopes say so. Derivatives of
    one order more are paid for it, so it helps where points are few.

    Args:
        weight: of the slopes. Good starting values: 0.01 to 0.1.
    """

    weight: float = 0.05

    name: ClassVar[str] = "gradient_enhanced"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "gradient-enhanced",
            "Gradient-enhanced physics-informed neural networks for forward and inverse PDE "
            "problems",
            "J. Yu, L. Lu, X. Meng, G. E. Karniadakis",
            2022,
            "arXiv:2111.02801",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not 0 < self.weight < np.inf:
            raise OptionError("a weight above zero", repr(self.weight), "Correct it.")

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        points: Points,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Sequence[Rows] = (),
    ) -> tuple[Sequence[Rows], float]:
        last = before[0] if before else None
        rows, held = points.draw(problem, sizes, trained, key, turn, last)
        return [self._enhanced(problem, sizes, rows)], held

    def _enhanced(self, problem: Problem, sizes: Scaling, rows: Rows) -> Rows:
        n = rows.points.shape[0]
        factor = jnp.broadcast_to(rows.factor, (len(rows.at), n))
        at, factors = [*rows.at], [factor]
        for half, coordinate in zip(sizes.half_width, problem.coordinates, strict=True):
            slopes = [sp.diff(residual, coordinate) for residual in problem.residuals]
            at += [pointwise(problem, slope) for slope in slopes]
            factors.append(self.weight * half * factor)
        return Rows("equations and slopes", tuple(at), rows.points, jnp.concatenate(factors))
