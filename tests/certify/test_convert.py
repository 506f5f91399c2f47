"""Conversions and what they add to an error."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import DataError, OptionError, Result, UnsuitableMethod
from residuum.certify import Added, AsChebyshev, AsElements, AsGrid, composed, convert, guard
from residuum.problem import ExpressionField

from ._solutions import X, answer, certified, line, plane, rod

MORE = Added(0.02, 0.03, 0.0)
EXACT = Added(0.02, 0.03, 0.0, exact=True)


def test_an_estimate_stays_one_and_grows_by_what_is_added() -> None:
    found = composed(certified("estimate", 0.1, 0.2), MORE)
    assert found.kind == "estimate" and found.value == pytest.approx(0.12)
    assert found.relative == pytest.approx(0.24)
    assert any("before the conversion: estimate" in item for item in found.assumptions)


def test_a_bound_stays_one_only_if_the_change_is_exact() -> None:
    assert composed(certified("bound", 0.1, 0.2), EXACT).kind == "bound"
    weaker = composed(certified("bound", 0.1, 0.2), MORE)
    assert weaker.kind == "estimate" and "the quadrature is accurate" in weaker.assumptions
    assert any("before the conversion: bound" in item for item in weaker.assumptions)


def test_other_norms_and_none_stay_without_a_number() -> None:
    found = composed(certified("bound", 0.1, 0.2, "energy"), EXACT)
    assert found.kind == "none" and found.norm == "energy" and math.isnan(found.value)
    assert any("before the conversion: bound" in item for item in found.assumptions)
    none = composed(answer(line(), X).certificate, MORE)
    assert none.kind == "none" and any("adds" in item for item in none.assumptions)


def test_a_certificate_of_zero() -> None:
    found = composed(certified("estimate", 0.0, 0.0), MORE)
    assert found.value == 0.02 and found.relative == 0.03


def test_a_converted_bound_is_above_the_true_error() -> None:
    exact = X * (1 - X) / 2
    off = sp.Rational(1, 100)
    # |1/100 + x⁹ / 50| = (1e-4 + 4e-5 + 2.1e-5)^(1/2) = 0.01269: the bound is right.
    old = answer(line(), exact + off + X**9 / 50, certificate=certified("bound", 0.0128, 0.145))
    new = convert(old, AsChebyshev(degree=3), tol=0.5)
    x = np.linspace(0, 1, 2001)[:, None]
    true = np.sqrt(np.mean((new.at(x)[:, 0] - (x * (1 - x) / 2)[:, 0]) ** 2))
    assert new.certificate.kind == "bound" and true <= new.certificate.value
    assert new.result is Result.SUCCESSFUL


@pytest.mark.parametrize("to", [AsChebyshev(), AsElements(), AsGrid()], ids=lambda r: r.name)
def test_a_network_becomes_anything(to: Any) -> None:
    method = rs.PINN(
        field=rs.MLP(8, 1),
        rule=rs.GaussNewton(iterations=30),
        points=rs.ResidualAdaptive(count=200, pool=1000),
    )
    old = rs.solve(rod(), method, progress=False, key=11, refine=None)
    new = convert(old, to, tol=1e-4)
    points = old.problem.domain.sample(200, key=23)
    assert new.error(old.at, points) < 3e-4
    assert new.record.notes[-2].startswith("converted to") and "convert" in new.record.seconds
    assert new.certificate.kind == "none" and old.record.notes == new.record.notes[:-2]


def test_elements_become_a_polynomial_that_can_be_stored(tmp_path: Path) -> None:
    old = rs.solve(line(), rs.FiniteElement(), tol=1e-4, progress=False)
    new = convert(old, AsChebyshev(), tol=1e-4)
    assert old.result is Result.TOLERANCE_REACHED and new.result is Result.SUCCESSFUL
    assert new.certificate.kind == "estimate"
    assert new.certificate.value > old.certificate.value
    again = rs.load(new.save(tmp_path / "new.rs"))
    assert again.certificate == new.certificate and again.record.notes == new.record.notes


def test_a_jump_ends_with_the_honest_best() -> None:
    old = answer(line(), sp.Heaviside(X - sp.Rational(1, 3), 1))
    new = convert(old, AsChebyshev(), tol=1e-3)
    assert new.result is Result.TOLERANCE_NOT_REACHED
    # Degree n misses a jump by about n^(-1/2).
    assert "adds" in new.record.notes[-2] and new.certificate.kind == "none"


def test_the_guard_lets_through_or_refuses() -> None:
    old = answer(line(), X, certificate=certified("estimate", 0.1, 0.2))
    near = ExpressionField((X + sp.Float(1e-4),), old.problem.coordinates)
    found = guard(old, near, 1e-3)
    # 1e-4 against the norm of x, which is 1/√3.
    assert found.certificate.value == pytest.approx(0.1001) and found.field is near
    with pytest.raises(DataError, match=r"adds at most 1\.0e-04"):
        guard(old, near, 1e-4)
    with pytest.raises(DataError, match="adds at most"):
        guard(old, ExpressionField((sp.log(X - 2),), old.problem.coordinates), 1e-3)


def test_the_guard_refuses_a_field_of_another_problem() -> None:
    old, other = answer(plane(), X), answer(line(), X)
    with pytest.raises(DataError, match="same problem"):
        guard(other, answer(plane(), X, X).field, 1e-3)
    with pytest.raises(DataError, match="same problem"):
        guard(old, answer(plane(), X, X).field, 1e-3)


def test_wrong_use_is_refused() -> None:
    wrong: Any = "chebyshev"
    with pytest.raises(OptionError, match="representation"):
        convert(answer(line(), X), wrong)
    with pytest.raises(OptionError, match="tolerance"):
        convert(answer(line(), X), AsGrid(), tol=2.0)
    with pytest.raises(UnsuitableMethod, match="box"):
        convert(answer(plane(rs.Disc((0, 0), 1)), X), AsGrid())
    with pytest.raises(DataError, match="finite"):
        convert(answer(line(), sp.log(X - 2)), AsGrid())
