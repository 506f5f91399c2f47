"""Random features: the floor under every learned method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Budget, Result, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import Gaussians, RandomTanh, TensorChebyshev
from residuum.geometry import Box, Disc
from residuum.methods import RandomFeatures
from residuum.methods._random_features import _beyond_valley
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    laplacian,
    neumann,
    parameter,
    space,
    unknown,
)

x, y = space("x", "y")
u = unknown("u", x, y)
w = unknown("w", x)
EXACT = sp.sin(2 * x) * sp.exp(y)


def square() -> Problem:
    source = -laplacian(EXACT).doit()
    # Side by side, so that the lift blends the sides and is not the answer itself.
    sides = {"x_min": (x, 0), "x_max": (x, 1), "y_min": (y, 0), "y_max": (y, 1)}
    conditions = [dirichlet(u, EXACT.subs(c, at), on=name) for name, (c, at) in sides.items()]
    return Problem(Box(x=(0, 1), y=(0, 1)), Eq(-laplacian(u), source), conditions)


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "gap"), [(Gaussians(196), 1e-4), (RandomTanh(200), 1e-3)])
def test_a_linear_problem_is_one_solve(recipe: Gaussians, gap: float) -> None:
    answer = solve(square(), RandomFeatures(field=recipe), key=7, progress=False)
    points = np.random.default_rng(5).uniform(0, 1, (300, 2))
    exact = np.sin(2 * points[:, 0]) * np.exp(points[:, 1])
    # Smooth and linear: a few hundred features leave far less than a thousandth.
    assert answer.error(lambda _: exact, points) < gap
    assert answer.result is Result.SUCCESSFUL
    assert answer.record.unknowns in (197, 201)


def test_scale_is_chosen_by_points_kept_aside() -> None:
    answer = solve(square(), RandomFeatures(field=Gaussians(100)), key=7, progress=False)
    held = answer.record.history["hold-out residual"]
    assert len(held) >= 3
    assert any(f"{min(held):.1e}" in note for note in answer.record.notes)


def test_scales_beyond_a_rising_residual_are_skipped() -> None:
    fits: Any = [(1.0, 0.7, None), (2.0, 0.5, None)]
    assert _beyond_valley(0.35, fits)
    assert not _beyond_valley(1.0, fits)


def test_nonlinear_problems_take_gauss_newton() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), sp.exp(w)), [dirichlet(w, 0)])
    answer = solve(problem, RandomFeatures(field=TensorChebyshev(16)), key=7, progress=False)
    # Middle value of the solution of w'' = exp(w): ln(c²/2) with c = 1.33606.
    assert answer(x=0.5) == pytest.approx(-0.11370, abs=2e-5)


def test_conditions_met_by_weight_are_named_and_met() -> None:
    problem = Problem(
        Disc((0.0, 0.0), 1.0),
        Eq(-laplacian(u) + u, 5 - (x**2 + y**2)),
        [neumann(u, -2)],
    )
    answer = solve(problem, RandomFeatures(field=Gaussians(144)), key=7, progress=False)
    # The exact answer is 1 - x² - y²: -Δu = 4 and ∂u/∂n = -2.
    assert answer(x=0.3, y=0.4) == pytest.approx(0.75, abs=1e-3)
    assert any("met only by weight: neumann" in note for note in answer.record.notes)


def test_key_decides_random_features() -> None:
    method = RandomFeatures(field=RandomTanh(60), points=400, scales=(1.0,))
    first, again, other = (solve(square(), method, key=k, progress=False) for k in (7, 7, 8))
    place = {"x": 0.31, "y": 0.62}
    assert first(**place) == again(**place)
    assert first(**place) != other(**place)


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_unknown_numbers_are_refused() -> None:
    number = parameter("k", bounds=(0, 1))
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), number), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod, match="unknown parameters"):
        solve(problem, RandomFeatures())


def test_too_large_a_request_ends_in_a_code() -> None:
    small = Budget(memory_mb=1.0)
    answer = solve(square(), RandomFeatures(), budget=small, progress=False)
    assert answer.result is Result.OUT_OF_MEMORY
    assert np.isfinite(answer(x=0.5, y=0.5))
