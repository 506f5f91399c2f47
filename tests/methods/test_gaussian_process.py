"""The Gaussian-process solver: high frequencies, error bars, unknown numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Budget, OptionError, Result
from residuum._solve import solve
from residuum.fields import PosteriorField
from residuum.geometry import Box, Disc
from residuum.methods import GaussianProcess
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    laplacian,
    load,
    neumann,
    observe,
    parameter,
    periodic,
    space,
    time,
    unknown,
)

x, y = space("x", "y")
t = time("t")
u, v, w = unknown("u", x), unknown("v", x, y), unknown("w", t, x)
GRID = np.linspace(0, 1, 501)[:, None]


PLATE = [dirichlet(u, 0), neumann(u, 0)]


def poisson(exact: Any) -> Problem:
    ends = [
        dirichlet(u, float(exact.subs(x, at)), on=on) for on, at in (("x_min", 0), ("x_max", 1))
    ]
    return Problem(Box(x=(0, 1)), Eq(u.diff(x, 2), exact.diff(x, 2)), ends)


def error(answer: Any, exact: Any) -> float:
    values = sp.lambdify(x, exact, "numpy")(GRID[:, 0])
    return float(answer.error(lambda _: values, GRID))


@pytest.mark.slow
def test_two_frequencies_are_found_and_stored(tmp_path: Any) -> None:
    exact = sp.sin(6 * x) + sp.sin(60 * x) / 10
    method = GaussianProcess(60, bumps=8, iterations=40)
    answer = solve(poisson(exact), method, refine=None, progress=False)
    # Measured: 1e-7; sixty points are six for each short wave.
    assert error(answer, exact) < 1e-4
    assert answer.result is Result.SUCCESSFUL
    assert isinstance(answer.field, PosteriorField)
    deviation = answer.field.deviation(GRID)
    assert np.isfinite(deviation).all() and deviation[0] < 1e-5
    assert any("no certificate" in note for note in answer.record.notes)
    answer.save(tmp_path / "answer.rs")
    again: Any = load(tmp_path / "answer.rs")
    np.testing.assert_array_equal(again.at(GRID), answer.at(GRID))
    np.testing.assert_array_equal(again.field.deviation(GRID), deviation)


@pytest.mark.slow
def test_a_flux_at_an_end_is_met_by_a_row_of_its_own() -> None:
    exact = sp.sin(6 * x)
    flux = float(exact.diff(x).subs(x, 1))
    conditions = [dirichlet(u, 0, on="x_min"), neumann(u, flux, on="x_max")]
    problem = Problem(Box(x=(0, 1)), Eq(u.diff(x, 2), exact.diff(x, 2)), conditions)
    method = GaussianProcess(40, bumps=6, iterations=30)
    answer = solve(problem, method, refine=None, progress=False)
    # Measured: 1e-6.
    assert error(answer, exact) < 1e-3


@pytest.mark.slow
def test_an_equation_that_is_not_linear_is_linearised_anew() -> None:
    exact = sp.sin(6 * x)
    problem = poisson(exact).replace(
        equations=[Eq(u.diff(x, 2) + u * (u**2 - 1), exact.diff(x, 2) + exact * (exact**2 - 1))]
    )
    method = GaussianProcess(40, bumps=6, iterations=30)
    answer = solve(problem, method, refine=None, progress=False)
    assert len(answer.record.history["hold-out residual"]) > 2
    # Measured: 1e-6.
    assert error(answer, exact) < 1e-4


@pytest.mark.slow
def test_products_in_two_dimensions_and_time() -> None:
    exact = sp.sin(9 * x) * sp.sin(9 * y)
    problem = Problem(
        Box(x=(0, sp.pi / 3), y=(0, sp.pi / 3)),
        Eq(laplacian(v), laplacian(exact).doit()),
        [dirichlet(v, 0)],
    )
    points = np.random.default_rng(3).uniform(0, np.pi / 3, (300, 2))
    wanted = np.sin(9 * points).prod(axis=1)
    for size, bumps, climb in ((16, 6, 30), (48, 8, 60)):
        method = GaussianProcess(size, bumps=bumps, iterations=climb)
        answer = solve(problem, method, refine=None, progress=False)
        # Measured: 1e-7 and 5e-6.
        assert answer.error(lambda _: wanted, points) < 1e-3
        assert isinstance(answer.field, PosteriorField)
    wave = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(w.diff(t) + 9 * w.diff(x), 0),
        [initial(w, sp.sin(x)), dirichlet(w, sp.sin(-9 * t), on="x_min")],
    )
    method = GaussianProcess((24, 12), bumps=6, iterations=30)
    points = np.random.default_rng(3).uniform(0, 1, (300, 2))
    answer = solve(wave, method, refine=None, progress=False)
    wanted = np.sin(points[:, 1] - 9 * points[:, 0])
    # Measured: 2e-7.
    assert answer.error(lambda _: wanted, points) < 1e-3


@pytest.mark.slow
def test_an_unknown_frequency_is_found_with_its_deviation() -> None:
    k, true = parameter("k", bounds=(5, 20)), 12.3
    random = np.random.default_rng(5)
    places = random.uniform(0, 1, 30)
    # u'' + k² u = k² has the solutions 1 + a cos kx + b sin kx.
    values = 1 + np.cos(true * places) - 0.5 * np.sin(true * places)
    seen = observe(u, values + 0.1 * random.normal(size=30), at={"x": places}, noise=0.1)
    problem = Problem(Box(x=(0, 1)), Eq(u.diff(x, 2) + k**2 * u, true**2), [], observations=[seen])
    method = GaussianProcess(40, bumps=6, iterations=30)
    answer = solve(problem, method, refine=None, progress=False)
    (deviation,) = answer.record.history["deviation of k"]
    assert deviation < 0.5
    assert abs(answer.parameters["k"] - true) < 3 * deviation
    exact = 1 + np.cos(true * GRID) - 0.5 * np.sin(true * GRID)
    field: Any = answer.field
    gap = np.abs(answer.at(GRID) - exact)[:, 0]
    # Three deviations hold 99.7 % if the band is right; the curve has about three numbers in all.
    assert (gap < 3.5 * field.deviation(GRID)).all()


@pytest.mark.slow
def test_a_spent_budget_still_gives_an_answer() -> None:
    method = GaussianProcess(20, bumps=3)
    budget = Budget(seconds=0.01)
    answer = solve(poisson(sp.sin(3 * x)), method, refine=None, progress=False, budget=budget)
    assert answer.result is Result.OUT_OF_BUDGET
    assert np.isfinite(answer.at(GRID)).all()


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (Problem(Disc((0, 0), 1), Eq(laplacian(v), 1), [dirichlet(v, 0)]), "box"),
        (Problem(Box(x=(0, 1)), Eq(u.diff(x, 2) - u, 1), [periodic(u, x)]), "periodic"),
        (Problem(Box(x=(0, 1)), Eq(u.diff(x, 4), 1), PLATE), "second order"),
        (Problem(Box(x=(0, 1), y=(0, 1)), Eq(laplacian(v), 1), [dirichlet(v, 0)]), "3 numbers"),
    ],
)
def test_what_does_not_suit_it_is_refused(problem: Problem, word: str) -> None:
    points: Any = (9, 9, 9) if word == "3 numbers" else 9
    assert word in str(GaussianProcess(points, matern=word == "second order").refuse(problem))


@pytest.mark.parametrize("options", [{"points": 2}, {"bumps": 0}, {"slack": -1.0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        GaussianProcess(**options)
