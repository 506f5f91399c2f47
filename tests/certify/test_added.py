"""The distance of two fields by two rules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import double_precision
from residuum.certify import added
from residuum.certify._added import line_rule, rules
from residuum.problem import ExpressionField

from ._solutions import X, Y, answer, line, plane, rod


def field(problem: rs.Problem, *values: Any) -> ExpressionField:
    return ExpressionField(tuple(map(sp.sympify, values)), problem.coordinates)


def test_polynomials_are_integrated_exactly() -> None:
    with double_precision():
        found = added(answer(line(), X), field(line(), X + X**3))
    # ∫ x⁶ = 1/7 and ∫ x² = 1/3.
    assert found.exact and found.spread == 0
    assert found.absolute == pytest.approx(math.sqrt(1 / 7), rel=1e-13)
    assert found.relative == pytest.approx(math.sqrt(3 / 7), rel=1e-13)


def test_smooth_differences_are_measured_by_rules_that_agree() -> None:
    with double_precision():
        found = added(answer(rod(), 1), field(rod(), 1 + sp.sin(sp.pi * X) / 2))
    assert not found.exact and found.spread < 1e-9
    assert found.absolute == pytest.approx(math.sqrt(1 / 8), rel=1e-9)


@pytest.mark.parametrize(
    ("shape", "measure", "rel"),
    [
        # Straight triangles leave out slivers of a share h² of the disc.
        (rs.Disc((0, 0), 1), math.pi, 5e-3),
        (rs.Polygon([(0, 0), (1, 0), (0, 1)]), 0.5, 1e-12),
        (rs.Box(y=(0, 2), x=(0, 1)), 2.0, 1e-12),
    ],
)
def test_rules_measure_their_domains(shape: Any, measure: float, rel: float) -> None:
    one, two = rules(plane(shape))
    for points, weights in (one, two):
        assert points.shape == (len(weights), 2)
        assert weights.sum() == pytest.approx(measure, rel=rel)
    # No point is shared, so that nothing hides from both rules in the same way.
    assert not set(map(tuple, np.round(one[0], 9))) & set(map(tuple, np.round(two[0], 9)))


def test_columns_follow_the_coordinates_of_the_problem() -> None:
    problem = plane()
    names = [c.name for c in problem.coordinates]
    (points, _), _ = rules(problem)
    assert points[:, names.index("y")].max() > 1.9 and points[:, names.index("x")].max() < 1


def test_many_dimensions_are_scattered() -> None:
    axes = [rs.space(name) for name in "abcd"]
    u = rs.unknown("u", *axes)
    box = rs.Box(**dict.fromkeys("abcd", (0, 2)))
    problem = rs.Problem(box, rs.Eq(-rs.laplacian(u), 1), [rs.dirichlet(u, 0)])
    for points, weights in rules(problem):
        assert points.shape[1] == 4 and weights.sum() == pytest.approx(16)


def test_a_spike_shows_in_the_spread() -> None:
    with double_precision():
        spike = sp.exp(-(((X - 0.3) / sp.Float(1e-4)) ** 2))
        found = added(answer(line(), 1), field(line(), 1 + spike))
    # Both rules have cells of more than twenty widths of it.
    assert found.spread > 0.1


def test_what_is_not_finite_is_infinitely_far() -> None:
    with double_precision():
        assert math.isinf(added(answer(line(), X), field(line(), sp.log(X - 2))).absolute)
        assert math.isinf(added(answer(plane(), 1), field(plane(), sp.log(X - Y - 9))).relative)


def test_gauss_rules_on_cells() -> None:
    points, weights = line_rule(1.0, 3.0, 5, 3)
    # Three points are exact to degree five: ∫ x⁵ = (3⁶ - 1) / 6.
    assert weights @ points[:, 0] ** 5 == pytest.approx((3**6 - 1) / 6, rel=1e-13)
