"""Values on a tensor grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError
from residuum.certify import AsGrid, convert
from residuum.discretise import GridField

from ._solutions import T, X, Y, answer, plane, wheel


def test_polynomials_come_back_to_rounding() -> None:
    problem = plane()
    old = answer(problem, X**3 * Y - 2 * Y**2 + X)
    new = convert(old, AsGrid(nodes=5), tol=1e-12)
    points = problem.domain.sample(50, key=23)
    np.testing.assert_allclose(new.at(points), old.at(points), rtol=1e-12, atol=1e-12)
    assert isinstance(new.field, GridField) and new.field.steady


def test_waves_over_time() -> None:
    old = answer(wheel(), sp.sin(2 * sp.pi * (X - T)))
    new = convert(old, AsGrid(nodes=9), tol=1e-8)
    # Nine Fourier nodes have the wave exactly; the slabs of time are halved until they do.
    assert new.certificate.kind == "none" and "slabs of time" in new.record.notes[-2]
    points = old.problem.domain.sample(50, key=23)
    np.testing.assert_allclose(new.at(points), old.at(points), atol=1e-7)


def test_time_alone() -> None:
    decay = rs.unknown("d", T)
    ordinary = rs.Problem(rs.Box(t=(0, 1)), rs.Eq(decay.diff(T), -decay), [rs.initial(decay, 1)])
    new = convert(answer(ordinary, sp.exp(-T)), AsGrid(), tol=1e-9)
    assert new(t=0.7) == pytest.approx(np.exp(-0.7), abs=1e-9)


def test_other_domains_and_options_are_refused() -> None:
    assert AsGrid().refuse(plane(rs.Disc((0, 0), 1))) is not None
    wrong: Any = 2
    with pytest.raises(OptionError, match="nodes"):
        AsGrid(nodes=wrong)
    with pytest.raises(OptionError, match="slabs"):
        AsGrid(slabs=0)
