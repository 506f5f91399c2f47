"""What every cause is measured from."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Result, double_precision
from residuum.analysis import Evidence
from residuum.analysis._evidence import dimensionless

from ._cases import X, claimed, fixed, poisson, shifted, with_record


def test_residuals_are_measured_against_their_terms() -> None:
    with double_precision():
        half = Evidence(fixed(poisson(), X * (1 - X) / 4))
        # -u'' is 1/2 and the source 1: half of the larger term is left.
        assert half.residual == pytest.approx(0.5)
        exact = Evidence(fixed(poisson(), X * (1 - X) / 2, Result.SUCCESSFUL))
        assert exact.residual < 1e-14 and exact.misfit < 1e-14 and not exact.reasons


def test_points_that_are_not_finite_are_left_out() -> None:
    with double_precision():
        terms = Evidence(fixed(poisson(), sp.log(X - 0.5))).terms
    assert 0.4 * 1024 < len(terms.points) < 0.6 * 1024 and np.isfinite(terms.residual).all()


def test_misfits_are_measured_against_the_size_of_the_unknown() -> None:
    with double_precision():
        evidence = Evidence(shifted())
        # The source alone would give |f| / (1 / (1/2)²) = 1/4; the ends are 1/5 off.
        assert evidence.misfit == pytest.approx(0.8)


def test_pieces_have_no_strong_form() -> None:
    found = rs.solve(poisson(), rs.FiniteElement(), tol=1e-2, progress=False)
    with double_precision():
        evidence = Evidence(found)
        assert not evidence.smooth and evidence.residual == 0 and evidence.certified
        assert not evidence.reasons


def test_a_certificate_that_is_large_is_a_reason() -> None:
    exact = fixed(poisson(), X * (1 - X) / 2, Result.SUCCESSFUL)
    with double_precision():
        assert "certificate" in Evidence(claimed(exact, 0.3)).reasons[0]
        assert not Evidence(claimed(exact, 0.01)).reasons


def test_options_are_read_from_the_record() -> None:
    one = Evidence(with_record(shifted(), method="PINN(rule=Adam(rate=1e-05), weight=0.5)"))
    assert one.option("weight") == 0.5 and one.option("rate") == 1e-5
    assert Evidence(with_record(shifted(), method="PINN()")).option("weight") == 10.0
    assert Evidence(shifted()).option("weight") is None


def test_alternatives_time_and_coordinates() -> None:
    evidence = Evidence(shifted(), seconds=-1)
    assert evidence.spent and not Evidence(shifted()).spent
    assert "FiniteElement()" in evidence.alternatives
    with double_precision():
        assert dimensionless(evidence, np.array([[0.0], [0.75]])).tolist() == [[-1.0], [0.5]]
    assert math.isinf(Evidence(shifted()).end)
