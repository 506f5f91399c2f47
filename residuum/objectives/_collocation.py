"""From a problem to residual rows: equations inside, what is not met exactly around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import Key, OptionError
from residuum.objectives._rows import Rows
from residuum.problem import Condition, HardConditions, Observation, Problem, Scaling, pointwise
from residuum.problem._places import interior_points

NOISE = 1e-2


@dataclass(frozen=True)
class Collocation:
    """How many points, and where.

    Args:
        interior: points at which the equations are asked for.
        boundary: points per boundary or initial condition that is met by weight.
        design: sampling design of ``residuum.geometry``; Sobol if left out.
        weight: weight of conditions met only by weight, against equations of weight one.
    """

    interior: int = 2000
    boundary: int = 200
    design: Any = None
    weight: float = 10.0

    def __post_init__(self) -> None:
        for name in ("interior", "boundary"):
            if getattr(self, name) < 1:
                raise OptionError(
                    f"at least one {name} point", str(getattr(self, name)), "Give more."
                )
        if not self.weight > 0:
            raise OptionError("a weight of more than zero", str(self.weight), "Correct it.")

    def equations(
        self, problem: Problem, sizes: Scaling, points: np.ndarray, weight: Any = 1.0
    ) -> Rows:
        """Return the rows of the equations at given points, with a weight, one or per point."""
        at = tuple(pointwise(problem, residual) for residual in problem.residuals)
        factor = weight / (sizes.residuals[:, None] * np.sqrt(len(points)))
        return Rows("equations", at, jnp.asarray(points), jnp.asarray(factor))

    def build(
        self, problem: Problem, scaling: Scaling, hard: HardConditions, key: Key
    ) -> tuple[list[Rows], list[Rows]]:
        """Return the rows of the equations, and those of conditions and observations."""
        inside = interior_points(problem, self.interior, key, self.design)
        around = [self.condition(problem, scaling, c, key) for c in hard.weighted]
        around += [self.observation(problem, scaling, o) for o in problem.observations]
        return [self.equations(problem, scaling, inside)], around

    def condition(self, problem: Problem, scaling: Scaling, condition: Condition, key: Key) -> Rows:
        """Return the rows of one condition."""
        points, normals, groups = self._places(problem, condition, key)
        at = pointwise(problem, condition.expression(problem.space))
        if groups:
            at = pointwise(
                problem, sp.sympify(condition.unknown) - condition.value / _measure(problem)
            )
        typical = max(scaling.typical(slot) for slot in at.slots)
        factor = self.weight / (typical * np.sqrt(groups or len(points)))
        outward = None if normals is None else jnp.asarray(normals)
        return Rows(
            str(condition), (at,), jnp.asarray(points), jnp.asarray(factor), outward, None, groups
        )

    def observation(self, problem: Problem, scaling: Scaling, item: Observation) -> Rows:
        """Return the rows of measured values, weighted by their noise where it is known."""
        order = [item.unknown.args.index(c) for c in problem.coordinates]
        size = scaling.magnitudes[problem.unknowns.index(item.unknown)]
        # A misfit of the size of the noise counts like a residual of a hundredth of the terms: more
        # would make the field follow the noise.
        most = NOISE / item.noise if item.noise > 0 else np.inf
        factor = min(self.weight / size, most) / np.sqrt(len(item.values))
        return Rows(
            repr(item),
            (pointwise(problem, item.unknown),),
            jnp.asarray(item.points[:, order]),
            jnp.asarray(factor),
            target=jnp.asarray(item.values),
        )

    def _places(
        self, problem: Problem, condition: Condition, key: Key
    ) -> tuple[np.ndarray, np.ndarray | None, int]:
        """Return points (n, d), outward normals or ``None``, and the number of groups."""
        n, interval, shape = self.boundary, problem.interval, problem.shape
        if condition.kind == "point_value":
            place = dict(getattr(condition, "at", ()))
            return np.array([[place[c.name] for c in problem.coordinates]]), None, 0
        if condition.kind == "integral":
            return self._integral(problem, key)
        if condition.on == "initial":
            if shape is None:
                return np.array([[interval[0] if interval else 0.0]]), None, 0
            inside = _ordered(problem, shape.sample(n, key=key))
            return np.column_stack([np.full(n, interval[0] if interval else 0.0), inside]), None, 0
        assert shape is not None
        edge = shape.sample_boundary(n, part=condition.on, key=key)
        normals = -_ordered(problem, shape.inward_normal(edge))
        edge = _ordered(problem, edge)
        if interval is None:
            return edge, normals, 0
        times = np.linspace(*interval, n)[np.random.default_rng(n).permutation(n)]
        return np.column_stack([times, edge]), normals, 0

    def _integral(self, problem: Problem, key: Key) -> tuple[np.ndarray, None, int]:
        assert problem.shape is not None
        inside = _ordered(problem, problem.shape.sample(512, key=key))
        if problem.interval is None:
            return inside, None, 1
        times = np.linspace(*problem.interval, 9)
        return np.vstack([np.column_stack([np.full(512, t), inside]) for t in times]), None, 9


def _measure(problem: Problem) -> float:
    assert problem.shape is not None
    return float(problem.shape.measure())


def _ordered(problem: Problem, points: np.ndarray) -> np.ndarray:
    """Put the columns of space points into the order of the problem's space coordinates."""
    assert problem.shape is not None
    return points[:, [problem.shape.axes.index(c.name) for c in problem.space]]
