"""Weak residuals tested with small radial bumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Field, Key, OptionError, Source, generator
from residuum.objectives._galerkin import expressions, no_weak_form
from residuum.objectives._inferred import Inferred
from residuum.objectives._objective import Objective
from residuum.objectives._points import Points
from residuum.objectives._quadrature import breaks
from residuum.objectives._rows import Rows
from residuum.objectives._tested_rows import TestedRows
from residuum.problem import Problem, Scaling, WeakEquation, weak_form
from residuum.problem._places import interior_points

POOL = 20
"""Candidates drawn for every centre: those too near the boundary are left out."""


def wendland(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (1 - r)⁴ (4r + 1) and its derivative by r, zero beyond one: twice differentiable."""
    left = np.maximum(1 - r, 0.0)
    return left**4 * (4 * r + 1), -20 * r * left**3


def ball_points(d: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points in the unit ball and weights that sum to its measure.

    Gauss points along radii times directions: both ends in one dimension, equal angles in two, a
    Fibonacci lattice in three.
    """
    rings = max(round(count ** (1 / d)), 3)
    nodes, weights = np.polynomial.legendre.leggauss(rings)
    radii, spans = (nodes + 1) / 2, weights / 2
    around = max(count // rings, 2 * d)
    if d == 1:
        directions, area = np.array([[-1.0], [1.0]]), 2.0
    elif d == 2:
        angles = 2 * np.pi * (np.arange(around) + 0.5) / around
        directions, area = np.column_stack([np.cos(angles), np.sin(angles)]), 2 * np.pi
    else:
        heights = 1 - (2 * np.arange(around) + 1) / around
        angles = np.pi * (1 + 5**0.5) * np.arange(around)
        rim = np.sqrt(1 - heights**2)
        directions = np.column_stack([rim * np.cos(angles), rim * np.sin(angles), heights])
        area = 4 * np.pi
    points = (radii[:, None, None] * directions).reshape(-1, d)
    share = np.repeat(spans * radii ** (d - 1), len(directions)) * area / len(directions)
    return points, share


@dataclass(frozen=True)
class CompactWeak(Objective):
    """∫ source · v + ∫ flux · ∇v = 0 for Wendland bumps v = (1 - r/R)⁴₊ (4r/R + 1).

    Every bump lies inside the domain, so no boundary term is left, on any shape; in time it is a
    point. Centres and radii are drawn anew each round. Small radii come near the strong form, but
    take no second derivative and see jumps of coefficients.

    Args:
        tests: number of bumps.
        smallest, largest: radii, as shares of the largest distance from the boundary inside.
        quadrature: about how many points each bump is integrated with.

    It breaks where much happens between a bump's points, as in layers thinner than the least
    radius; and near the boundary only small bumps see anything.
    """

    tests: int = 300
    smallest: float = 0.05
    largest: float = 0.5
    quadrature: int = 24

    name: ClassVar[str] = "compact_weak"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "dgno",
            "DGNO: physics-aware neural operator for solving forward and inverse PDE problems "
            "based on deep, generative probabilistic modeling",
            "Y. Zang, P.-S. Koutsourelakis",
            2025,
            "doi:10.1016/j.jcp.2025.114137",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.tests < 1 or self.quadrature < 4:
            raise OptionError("at least one bump of four points", repr(self), "Correct them.")
        if not 0 < self.smallest <= self.largest <= 1:
            raise OptionError("0 < smallest <= largest <= 1", repr(self), "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        return no_weak_form(problem)

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
        fresh = self.rows(problem, sizes, key, turn)
        held = sum(
            float(jnp.sum(item.residual(trained[0], trained[1].values()) ** 2)) for item in fresh
        )
        return fresh, float(np.sqrt(held))

    def rows(self, problem: Problem, sizes: Scaling, key: Key, turn: int) -> list[TestedRows]:
        """Return the rows of every equation for one draw of bumps."""
        centres, radii = self._bumps(problem, key, turn)
        return [
            self._rows(problem, sizes, equation, number, (centres, radii))
            for number, equation in enumerate(weak_form(problem).equations)
        ]

    def _bumps(self, problem: Problem, key: Key, turn: int) -> tuple[np.ndarray, np.ndarray]:
        """Return centres, shape (tests, d), and radii that keep the bumps inside."""
        shape = problem.shape
        assert shape is not None
        random = generator(key, 61, turn + 1)
        pool = interior_points(problem, POOL * self.tests, int(random.integers(1 << 31)))
        columns = [problem.coordinates.index(c) for c in problem.space]
        order = [[c.name for c in problem.space].index(name) for name in shape.axes]
        places = pool[:, columns][:, order]
        room = np.abs(np.asarray(shape.signed_distance(places)))
        room = np.minimum(room, room.max())
        low, high = self.smallest * room.max(), self.largest * room.max()
        fits = np.flatnonzero(room > low)
        chosen = random.choice(fits, self.tests, replace=len(fits) < self.tests)
        share = random.uniform(size=self.tests)
        radii = low + share * (np.minimum(high, room[chosen]) - low)
        return pool[chosen], radii

    def _rows(
        self,
        problem: Problem,
        sizes: Scaling,
        equation: WeakEquation,
        number: int,
        bumps: tuple[np.ndarray, np.ndarray],
    ) -> TestedRows:
        (centres, radii), d = bumps, len(problem.space)
        unit, weights = self._unit(problem)
        value, slope = wendland(np.linalg.norm(unit, axis=1))
        size = np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-300)
        steps = slope[:, None] * unit / size
        columns = [problem.coordinates.index(c) for c in problem.space]
        every = np.repeat(centres[:, None, :], len(unit), axis=1)
        every[:, :, columns] += radii[:, None, None] * unit
        # Divided by its norm in H¹ (coordinates of size one), every bump tests alike.
        half = float(np.mean(sizes.half_width[columns]))
        norm = np.sqrt(
            weights @ value**2 + (half / radii) ** 2 * (weights @ np.sum(steps**2, axis=1))
        )
        # Integrals over the bump against the root of its measure: as the strong residual has it.
        share = weights / norm[:, None] * np.sqrt(radii[:, None] ** d / half**d)
        tests = np.zeros((1 + d, len(radii), len(unit)))
        tests[0] = share * value
        for k in range(d):
            tests[1 + k] = share * steps[:, k] / radii[:, None]
        return TestedRows(
            f"weak equation {number + 1}",
            expressions(problem, equation)[: 1 + d],
            jnp.asarray(every.reshape(-1, centres.shape[1])),
            jnp.asarray(1.0 / (float(sizes.residuals[number]) * np.sqrt(len(radii)))),
            groups=len(radii),
            tests=jnp.asarray(tests),
            local=jnp.ones(()),
        )

    def _unit(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Return quadrature in the unit ball, finer where coefficients jump."""
        finer = 4 if any(breaks(problem)) else 1
        return ball_points(len(problem.space), finer * self.quadrature)
