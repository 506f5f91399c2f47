"""Finite elements by projection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, double_precision
from residuum.certify import AsElements, added, convert
from residuum.discretise import ElementField

from ._solutions import T, X, Y, answer, plane, rod


@pytest.mark.parametrize("order", [1, 2, 3])
def test_polynomials_of_the_order_come_back(order: int) -> None:
    problem = plane(rs.Polygon([(0, 0), (1, 0), (0.2, 1)]))
    old = answer(problem, X**order - Y**order + X)
    new = convert(old, AsElements(order, 0.3), tol=1e-10)
    points = problem.domain.sample(50, key=23)
    np.testing.assert_allclose(new.at(points), old.at(points), rtol=1e-11, atol=1e-11)
    assert isinstance(new.field, ElementField)


@pytest.mark.parametrize("order", [1, 2])
def test_projection_converges_with_one_more_than_the_order(order: int) -> None:
    with double_precision():
        old = answer(plane(), sp.sin(2 * X) * sp.cos(Y))
        found = [
            added(old, next(AsElements(order, size).attempts(old, 1e-6))[0]).absolute
            for size in (0.25, 0.125)
        ]
    # Best approximation: h^(order + 1), here from halved edges.
    assert np.log2(found[0] / found[1]) == pytest.approx(order + 1, abs=0.25)


def test_several_unknowns_over_time() -> None:
    u, v = rs.unknown("u", T, X), rs.unknown("v", T, X)
    equations = [rs.Eq(u.diff(T), rs.laplacian(u)), rs.Eq(v.diff(T), rs.laplacian(v) + u)]
    around = [rs.initial(u, X), rs.initial(v, 0, jump=True)]
    around += [rs.dirichlet(u, X), rs.dirichlet(v, 1, jump=True)]
    problem = rs.Problem(rs.Box(t=(0, 2), x=(0, 1)), equations, around)
    old = answer(problem, X * T**3, 1 + X**2 * T)
    new = convert(old, AsElements(), tol=1e-10)
    points = problem.domain.sample(50, key=23)
    # Quadratic in space and cubic in time: the first level has it.
    np.testing.assert_allclose(new.at(points), old.at(points), rtol=1e-11, atol=1e-11)
    assert "8 cells in 4 steps" in new.record.notes[-2]


def test_what_does_not_fit_is_refused() -> None:
    decay = rs.unknown("d", T)
    ordinary = rs.Problem(rs.Box(t=(0, 1)), rs.Eq(decay.diff(T), -decay), [rs.initial(decay, 1)])
    assert AsElements().refuse(ordinary) is not None and AsElements().refuse(rod()) is None
    wrong: Any = 7
    with pytest.raises(OptionError, match="order"):
        AsElements(wrong)
    with pytest.raises(OptionError, match="size"):
        AsElements(size=-1.0)
