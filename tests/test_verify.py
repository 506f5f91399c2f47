"""verify and refine, and what solve makes of a learned answer: no false claim, whatever it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, Result
from residuum._verify import rival
from residuum.problem import ExpressionField
from residuum.problem._places import interior_points

from .test_solve import Fake

x, y, t = rs.space("x"), rs.space("y"), rs.time("t")
w, u, h = rs.unknown("w", x), rs.unknown("u", x, y), rs.unknown("h", t, x)
PLATE = x * (1 - x) * y * (1 - y) * sp.exp(x)
DISC = 1 - x**2 - y**2
RULED = sp.exp(-(sp.pi**2) * t / 10) * sp.sin(sp.pi * x)


def plate() -> rs.Problem:
    load = -sp.diff(PLATE, x, 2) - sp.diff(PLATE, y, 2)
    return rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.div(rs.grad(u)), load), [rs.dirichlet(u, 0)]
    )


def disc() -> rs.Problem:
    return rs.Problem(rs.Disc((0, 0), 1), rs.Eq(-rs.div(rs.grad(u)), 4), [rs.dirichlet(u, 0)])


def rod() -> rs.Problem:
    flow = rs.Eq(h.diff(t), rs.div(rs.grad(h) / 10))
    start = [rs.initial(h, sp.sin(sp.pi * x)), rs.dirichlet(h, 0)]
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), flow, start)


CASES = {"plate": (plate, PLATE), "disc": (disc, DISC), "rod": (rod, RULED)}
FAULTS = {
    "exact": lambda exact: exact,
    "close": lambda exact: exact * (1 + sp.Float(2e-4) * sp.cos(7 * x)),
    "scaled": lambda exact: 1.1 * exact,
    "shifted": lambda exact: exact + sp.Float(0.02),
    "wavy": lambda exact: exact + sp.Float(0.01) * sp.sin(40 * x),
    "nothing": lambda exact: sp.Integer(0),
    "wild": lambda exact: 100 * sp.cos(9 * x) + exact,
}


def error(answer: rs.Solution, exact: Any) -> float:
    """Return the true relative L2 error at 4,000 points."""
    points = interior_points(answer.problem, 4000, 31)
    names = list(answer.problem.coordinates)
    values = sp.lambdify(names, exact, "numpy")(*points.T) * np.ones(len(points))
    return answer.error(lambda _: values, points)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("case", CASES)
def test_a_tolerance_said_to_be_reached_is_reached(case: str, fault: str) -> None:
    build, exact = CASES[case]
    guess = Fake(FAULTS[fault](exact))
    answer = rs.solve(build(), guess, tol=1e-3, progress=False)
    assert answer.result is Result.TOLERANCE_REACHED
    assert answer.certificate.verifies(1e-3)
    # The promise itself; 1.05 for the 4,000 points that the true error is measured at.
    assert error(answer, exact) <= 1.05e-3
    assert error(answer, exact) <= 1.05 * answer.certificate.relative + 1e-12


def test_a_guess_that_is_good_enough_is_kept_and_said_so() -> None:
    guess = Fake(PLATE)
    answer = rs.solve(plate(), guess, tol=1e-3, progress=False)
    assert isinstance(answer.field, ExpressionField)
    assert any("nothing was solved" in note for note in answer.record.notes)


def test_what_a_useless_guess_saved_is_said() -> None:
    answer = rs.solve(disc(), Fake(sp.Integer(0)), tol=1e-3, progress=False)
    assert any("saved" in note for note in answer.record.notes)


def test_without_a_tolerance_the_answer_is_certified_and_left_as_it_is() -> None:
    answer = rs.solve(plate(), Fake(1.1 * PLATE), progress=False)
    assert answer.result is Result.SUCCESSFUL
    assert isinstance(answer.field, ExpressionField)
    assert answer.certificate.kind in ("bound", "estimate")
    assert answer.certificate.relative >= 0.99 * error(answer, PLATE)


def test_without_leave_to_refine_the_answer_is_only_judged() -> None:
    answer = rs.solve(plate(), Fake(1.1 * PLATE), tol=1e-3, refine=False, progress=False)
    assert answer.result is Result.TOLERANCE_NOT_REACHED
    assert isinstance(answer.field, ExpressionField)


def test_a_solution_is_certified_from_its_file_alone(tmp_path: Any) -> None:
    answer = rs.solve(plate(), Fake(1.1 * PLATE), refine=None, progress=False)
    path = answer.save(tmp_path / "plate.rs")
    found = rs.verify(rs.load(path))
    assert found.kind == "bound" and found.seconds > 0
    assert found.relative >= error(answer, PLATE)


def test_refine_goes_on_from_a_file(tmp_path: Any) -> None:
    answer = rs.solve(plate(), Fake(1.1 * PLATE), refine=None, progress=False)
    path = answer.save(tmp_path / "plate.rs")
    better = rs.refine(rs.load(path), 1e-4, progress=False)
    assert better.result is Result.TOLERANCE_REACHED
    assert error(better, PLATE) <= 1.05e-4
    assert answer.record.notes == rs.load(path).record.notes  # the guess is left alone


@pytest.mark.parametrize("tol", [0, 1, -1e-3, float("nan"), True])
def test_refine_wants_a_relative_error(tol: Any) -> None:
    answer = rs.solve(plate(), Fake(PLATE), refine=None, progress=False)
    with pytest.raises(OptionError, match="between 0 and 1"):
        rs.refine(answer, tol)


def test_a_budget_that_is_spent_claims_nothing() -> None:
    answer = rs.solve(disc(), Fake(sp.Integer(0)), tol=1e-6, budget=1e-3, progress=False)
    assert answer.result is not Result.TOLERANCE_REACHED or error(answer, DISC) <= 1e-6


def test_a_rival_is_classical_and_another() -> None:
    found = rival(disc())
    assert found is not None and found.family == "classical"
    other = rival(disc(), besides=found.name)
    assert other is None or other.name != found.name
