"""Subdomains: blended and coupled, features and networks, what is refused, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, Result, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import Gaussians, RandomTanh, TensorChebyshev
from residuum.geometry import Box, Disc
from residuum.methods import RandomFeatures, Subdomains
from residuum.objectives import Interface
from residuum.problem import (
    Eq,
    Problem,
    Solution,
    dirichlet,
    initial,
    laplacian,
    load,
    periodic,
    space,
    time,
    unknown,
)

t = time("t")
x, y = space("x", "y")
w = unknown("w", x)
u = unknown("u", t, x)
v = unknown("v", x, y)


def waves(number: int = 60) -> tuple[Problem, sp.Expr]:
    exact = sp.sin(number * x) + x
    statement = Eq(w.diff(x, 2), exact.diff(x, 2))
    sides = [dirichlet(w, exact.subs(x, at), on=on) for at, on in ((0, "x_min"), (6, "x_max"))]
    return Problem(Box(x=(0, 6)), statement, sides), exact


def run(problem: Problem, method: Subdomains | RandomFeatures) -> Solution:
    return solve(problem, method, refine=None, progress=False, key=7)


def gap(answer: Solution, exact: sp.Expr) -> float:
    names = [c.name for c in answer.problem.coordinates]
    low, high = answer.problem.domain.bounds.T
    points = np.random.default_rng(5).uniform(low, high, (300, len(names)))
    function = sp.lambdify(list(answer.problem.coordinates), exact)
    return float(answer.error(lambda p: function(*p.T), points))


@pytest.mark.parametrize("overlap", [0.9, 0.0])
def test_subdomains_of_features_beat_one_field_of_as_many_unknowns(overlap: float) -> None:
    problem, exact = waves()
    # Four waves in each subdomain, 57 in the box: measured 2e-3 and 9e-3 against 6.
    cut = run(problem, Subdomains(RandomTanh(24), {"x": 16}, overlap))
    one = run(problem, RandomFeatures(RandomTanh(400)))
    assert cut.result is Result.SUCCESSFUL
    assert cut.record.unknowns == one.record.unknowns == 401
    assert gap(cut, exact) < 5e-2
    assert gap(cut, exact) < 1e-2 * gap(one, exact)


def test_pieces_that_are_not_coupled_enough_do_not_count_as_solved() -> None:
    problem, _ = waves(9)
    answer = run(problem, Subdomains(Gaussians(16), {"x": 6}, 0.0, (Interface.SOLUTION,)))
    # The slopes are free: every piece solves the equation, the whole does not.
    assert answer.result is Result.STAGNATED


def test_advection_in_space_and_time() -> None:
    problem = Problem(
        Box(t=(0, 1), x=(0, 2 * np.pi)),
        Eq(u.diff(t) + 5 * u.diff(x)),
        [initial(u, sp.sin(x)), periodic(u, x)],
    )
    answer = run(problem, Subdomains(TensorChebyshev(8), {"x": 2, "t": 2}, 0.0))
    # Polynomials of degree eight of half a wave: measured 1e-6.
    assert gap(answer, sp.sin(x - 5 * t)) < 1e-4
    assert "2 × 2 subdomains" in answer.record.notes[0]


def test_nonlinear_equations_take_gauss_newton_over_all_heads() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), sp.exp(w)), [dirichlet(w, 0)])
    for overlap in (0.0, 0.5):
        answer = run(problem, Subdomains(TensorChebyshev(7), {"x": 2}, overlap))
        # Middle value of the solution of w'' = exp(w): ln(c²/2) with c = 1.33606.
        assert answer(x=0.5) == pytest.approx(-0.11370, abs=2e-5)


def test_two_dimensions_and_files(tmp_path: Path) -> None:
    exact = sp.sin(9 * x) * sp.cos(7 * y)
    sides = {"x_min": (x, 0), "x_max": (x, 1), "y_min": (y, 0), "y_max": (y, 1)}
    conditions = [dirichlet(v, exact.subs(c, at), on=name) for name, (c, at) in sides.items()]
    source = laplacian(exact).doit()
    problem = Problem(Box(x=(0, 1), y=(0, 1)), Eq(laplacian(v), source), conditions)
    answer = run(problem, Subdomains(Gaussians(49), {"x": 3, "y": 2}))
    # Measured 2e-5.
    assert gap(answer, exact) < 1e-3
    stored = load(answer.save(tmp_path / "answer.rs"))
    assert stored(x=0.3, y=0.6) == answer(x=0.3, y=0.6)


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_what_cannot_be_cut_is_refused() -> None:
    disc = Problem(Disc((0.0, 0.0), 1.0), Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    with pytest.raises(UnsuitableMethod, match="only boxes are cut"):
        solve(disc, Subdomains())
    with pytest.raises(UnsuitableMethod, match="no coordinate z"):
        solve(waves()[0], Subdomains(split={"z": 2}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"overlap": 2.0},
        {"split": {"x": 0}},
        {"overlap": 0.5, "interface": (Interface.FLUX,)},
        {"overlap": 0.0, "interface": ("flux",)},
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Subdomains(**wrong)  # type: ignore[arg-type]
