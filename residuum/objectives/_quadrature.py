"""Quadrature over a problem's domain: cells between breaks of the coefficients, Gauss inside."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import sympy as sp

from residuum._core import Key, generator
from residuum.geometry import Box
from residuum.problem import GridFunction, Problem
from residuum.problem._places import interior_points
from residuum.problem._pointwise import known_functions
from residuum.problem._scaling import bounds_of

ORDER = 4
"""Gauss points per cell and axis: exact for degree seven."""


def cell_points(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss points and weights of the cells between increasing edges."""
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    points = middle[:, None] + half[:, None] * nodes
    return points.ravel(), (half[:, None] * weights).ravel()


def breaks(problem: Problem) -> list[list[float]]:
    """Return, by coordinate, where coefficients may jump: steps of tables and of ``Piecewise``."""
    found: list[list[float]] = [[] for _ in problem.coordinates]
    for function in problem.coefficients:
        rule = known_functions(problem).get(str(function.func))
        if isinstance(rule, GridFunction):
            for axis, c in zip(rule.axes, function.args, strict=True):
                found[problem.coordinates.index(c)] += [float(value) for value in axis]
    filled = [problem.fill(residual) for residual in problem.residuals]
    conditions = [
        relation
        for expression in filled
        for piece in expression.atoms(sp.Piecewise, sp.Heaviside, sp.Abs, sp.sign)
        for relation in (
            piece.atoms(sp.core.relational.Relational)
            if isinstance(piece, sp.Piecewise)
            else [sp.Gt(piece.args[0], 0)]
        )
    ]
    for relation in conditions:
        difference = relation.lhs - relation.rhs
        for i, c in enumerate(problem.coordinates):
            if difference.free_symbols == {c} and sp.degree(difference, c) == 1:
                found[i] += [float(root) for root in sp.solve(difference, c)]
    return found


def axis_edges(
    span: Sequence[float], cells: int, inner: Sequence[float], shift: float
) -> np.ndarray:
    """Return edges of nearly equal cells, all moved by a share of one, and the breaks between."""
    low, high = span
    regular = low + (np.arange(1, cells) - 0.5 + shift) * (high - low) / cells
    within = [value for value in inner if low < value < high]
    edges = np.array([low, *regular, *within, high])
    edges = np.unique(edges)
    # Cells too thin to matter are merged, but the number of points must stay the same.
    return np.asarray(edges, float)


def quadrature(problem: Problem, count: int, key: Key, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """Return about ``count`` points, shape (n, d), and weights that sum to the measure, (n,).

    On a box: Gauss points in cells that are moved at random from turn to turn, so that no field can
    hide between them. On other shapes: low-discrepancy points of equal weight.
    """
    random = generator(key, 47, turn + 1)
    bounds = bounds_of(problem)
    shape = problem.shape
    if shape is not None and not isinstance(shape, Box):
        points = interior_points(problem, count, int(random.integers(1 << 31)))
        span = problem.interval
        length = 1.0 if span is None else float(span[1] - span[0])
        return points, np.full(len(points), float(shape.measure()) * length / len(points))
    cells = max(round(count ** (1 / len(bounds)) / ORDER), 2)
    axes = [
        cell_points(axis_edges(span, cells, inner, float(random.uniform())))
        for span, inner in zip(bounds, breaks(problem), strict=True)
    ]
    grids = np.meshgrid(*(points for points, _ in axes), indexing="ij")
    weights = np.array(
        [np.prod(item) for item in itertools.product(*(weights for _, weights in axes))]
    )
    return np.stack([grid.ravel() for grid in grids], axis=1), weights
