"""How far two fields of one problem are apart: L2 by two independent quadrature rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from residuum._core import DomainError, Field, MissingExtra
from residuum.blocks import Chain, ChebyshevProducts
from residuum.discretise.elements import Space
from residuum.fields import FeatureField
from residuum.geometry import Box, Shape
from residuum.geometry.mesh import mesh_of
from residuum.problem import ExpressionField, Problem, Solution
from residuum.problem._scaling import bounds_of

Rule = tuple[np.ndarray, np.ndarray]
"""Points (n, d) in the order of the problem's coordinates, and weights (n,)."""
CELLS = {1: (200, 149), 2: (24, 17), 3: (7, 5)}
"""Cells per axis of the two rules on boxes, by the number of coordinates."""
NODES = (4, 5)
"""Gauss points per cell and axis of the two rules: no point is shared."""
SIZES = {1: 200, 2: 24, 3: 9}
"""Cells along the longest side on other shapes, by the number of space coordinates."""
FINER = 1.37
SCATTERED = 1 << 13
"""Points where there are more than three coordinates."""
ROUNDING = 1e-14
MOST_DEGREE = 200


@final
@dataclass(frozen=True)
class Added:
    """The L2 distance of two fields over space and time.

    Args:
        absolute: all unknowns together, the larger of two rules and what they differ by.
        relative: the largest over the unknowns, each divided by its own norm; likewise.
        spread: what the two rules differ by, against the larger.
        exact: whether the rule integrates the difference exactly, both fields being polynomials.
    """

    absolute: float
    relative: float
    spread: float
    exact: bool = False

    def __str__(self) -> str:
        how = "integrated exactly" if self.exact else f"two rules agree to {self.spread:.0%}"
        return f"{self.relative:.1e} relative, {self.absolute:.1e} absolute in L2 ({how})"


def added(before: Solution, after: Field) -> Added:
    """Measure how far a field is from that of a solution. Use it in float64 scope.

    The rules are fixed before either field is seen, and have no points in common with grids or
    meshes of the library. A difference that is far narrower than their cells can hide from both;
    where it does not hide from both alike, ``spread`` tells.
    """
    problem = before.problem
    other = Solution(problem, after, before.result)
    degrees = _degrees(before.field, after, problem)
    if degrees is not None:
        rule = tensor_rule(problem, [(1, degree + 1) for degree in degrees])
        absolute, relative = _distance(before, other, rule)
        # Rounding is all that is left to be added.
        return Added(absolute * (1 + ROUNDING), relative * (1 + ROUNDING), 0.0, True)
    found = [_distance(before, other, rule) for rule in rules(problem)]
    values = np.array(found)
    if not np.isfinite(values).all():
        return Added(math.inf, math.inf, math.inf)
    larger, gap = values.max(axis=0), np.ptp(values, axis=0)
    spread = float(gap[0] / larger[0]) if larger[0] > 0 else 0.0
    return Added(float(larger[0] + gap[0]), float(larger[1] + gap[1]), spread)


def rules(problem: Problem) -> tuple[Rule, Rule]:
    """Return two quadrature rules over the domain of a problem, in space and time."""
    count, shape = len(problem.coordinates), problem.shape
    if count in CELLS and (shape is None or isinstance(shape, Box)):
        one, two = (
            tensor_rule(problem, [(cells, nodes)] * count)
            for cells, nodes in zip(CELLS[count], NODES, strict=True)
        )
        return one, two
    if shape is not None and shape.dimension in SIZES:
        try:
            one, two = (_meshed(problem, shape, factor) for factor in (1.0, FINER))
            return one, two
        except (DomainError, MissingExtra):
            pass  # a shape that no mesh is made for
    one, two = (_scattered(problem, key) for key in (7841, 7853))
    return one, two


def tensor_rule(problem: Problem, counts: Sequence[tuple[int, int]]) -> Rule:
    """Return a tensor product of composite Gauss rules: cells and nodes per cell, by coordinate."""
    parts = [
        line_rule(low, high, cells, nodes)
        for (low, high), (cells, nodes) in zip(bounds_of(problem), counts, strict=True)
    ]
    return _product(parts)


def line_rule(low: float, high: float, cells: int, nodes: int) -> Rule:
    """Return the composite Gauss rule on an interval: places (n, 1) and weights (n,)."""
    place, weight = np.polynomial.legendre.leggauss(nodes)
    width = (high - low) / cells
    starts = low + width * np.arange(cells)
    places = starts[:, None] + width * (place + 1) / 2
    return places.reshape(-1, 1), np.tile(weight * width / 2, cells)


def _product(parts: Sequence[Rule]) -> Rule:
    points, weights = parts[0]
    for more, factor in parts[1:]:
        left = np.repeat(points, len(more), axis=0)
        right = np.tile(more, (len(points), 1))
        points = np.column_stack([left, right])
        weights = np.outer(weights, factor).ravel()
    return points, weights


def _meshed(problem: Problem, shape: Shape, factor: float) -> Rule:
    extent = float(np.ptp(shape.bounds, axis=1).max())
    mesh = mesh_of(shape, extent / (SIZES[shape.dimension] * factor))
    where = Space(mesh, (1,), degree=4).volume
    order = [mesh.axes.index(c.name) for c in problem.space]
    space = where.points.reshape(len(where.points), -1).T[:, order]
    weights = where.weights.ravel()
    if problem.interval is None:
        return space, weights
    cells, nodes = (4, 3) if factor == 1.0 else (7, 2)
    return _product([line_rule(*problem.interval, cells, nodes), (space, weights)])


def _scattered(problem: Problem, key: int) -> Rule:
    points = problem.domain.sample(SCATTERED, key=key)
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    weight = problem.domain.measure() / SCATTERED
    return np.ascontiguousarray(points[:, order]), np.full(SCATTERED, weight)


def _distance(before: Solution, after: Solution, rule: Rule) -> tuple[float, float]:
    points, weights = rule
    old, new = before.at(points), after.at(points)
    if old.shape != new.shape:
        raise ValueError(f"values of shape {new.shape}, not {old.shape}")
    error = np.sqrt((weights[:, None] * (new - old) ** 2).sum(axis=0))
    size = np.sqrt((weights[:, None] * old**2).sum(axis=0))
    ratio = error / np.maximum(size, 1e-10 * size.max(initial=0.0) + 1e-300)
    return float(np.sqrt((error**2).sum())), float(ratio.max(initial=0.0))


def _degrees(before: Field, after: Field, problem: Problem) -> list[int] | None:
    """Return the degree per coordinate if both fields are polynomials on a box, else ``None``."""
    if problem.shape is not None and not isinstance(problem.shape, Box):
        return None
    one, two = (_degrees_of(field, problem) for field in (before, after))
    if one is None or two is None or max(*one, *two) > MOST_DEGREE:
        return None
    found = [max(pair) for pair in zip(one, two, strict=True)]
    return found if math.prod(n + 1 for n in found) <= 1 << 18 else None


def _degrees_of(field: Any, problem: Problem) -> list[int] | None:
    if isinstance(field, ExpressionField):
        names = problem.coordinates
        if not all(item.is_polynomial(*names) for item in map(sp.sympify, field.expressions)):
            return None
        tables = [sp.Poly(item, *names).degree_list() for item in field.expressions]
        return [max(0, *(max(0, int(n)) for n in column)) for column in zip(*tables, strict=True)]
    if isinstance(field, FeatureField) and isinstance(field.trunk, Chain):
        last = field.trunk.blocks[-1]
        if (
            isinstance(last, ChebyshevProducts)
            and not last.periodic
            and len(field.trunk.blocks) == 2
        ):
            return list(last.degrees)
    return None
