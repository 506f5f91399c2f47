"""One polynomial on a box."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, double_precision
from residuum.certify import AsChebyshev, added, convert

from ._solutions import T, X, Y, answer, line, plane, rod, wheel


def test_polynomials_come_back_to_rounding() -> None:
    problem = plane()
    old = answer(problem, X**3 * Y - 2 * Y**2 + X)
    new = convert(old, AsChebyshev(degree=4), tol=1e-12)
    points = problem.domain.sample(50, key=23)
    np.testing.assert_allclose(new.at(points), old.at(points), rtol=1e-12, atol=1e-12)


def test_degrees_grow_where_they_are_needed() -> None:
    old = answer(rod(), sp.sin(20 * X) * (1 + T))
    new = convert(old, AsChebyshev(), tol=1e-8)
    # Linear in t, ten radians per half-width in x.
    assert "degree (8, 27)" in new.record.notes[-2]


def test_errors_fall_geometrically_for_analytic_fields() -> None:
    with double_precision():
        old = answer(line(), 1 / (2 + X))
        fields = [next(AsChebyshev(n).attempts(old, 1e-6))[0] for n in (4, 8)]
        found = [added(old, item).relative for item in fields]
    # The pole at -2 lies on the ellipse of size 5 + √24: (5 + √24)⁻⁴ = 1.0e-4.
    assert found[1] < 2e-4 * found[0]


def test_periodic_axes_get_waves() -> None:
    old = answer(wheel(), sp.sin(2 * sp.pi * (X - T)))
    new = convert(old, AsChebyshev(), tol=1e-6)
    ends = np.array([[0.3, 0.0], [0.3, 1.0]])
    assert np.ptp(new.at(ends)) < 1e-12 and np.ptp(new.at(ends, (0, 1))) < 1e-11


def test_other_domains_and_degrees_are_refused() -> None:
    reason = AsChebyshev().refuse(plane(rs.Disc((0, 0), 1)))
    assert reason is not None and "box" in reason
    wrong: Any = 0
    with pytest.raises(OptionError):
        AsChebyshev(wrong)
    with pytest.raises(OptionError, match="2 degrees"):
        convert(answer(plane(), X), AsChebyshev((3, 3, 3)))
