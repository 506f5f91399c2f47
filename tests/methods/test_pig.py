"""Physics-informed Gaussians: placed, shaped and moved by the residual."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Budget, OptionError, Result, in_double_precision
from residuum._solve import solve
from residuum.fields import FeatureField, Frame, Gaussians
from residuum.geometry import Box
from residuum.learning import VariableProjection
from residuum.methods import PIG, RandomFeatures
from residuum.methods._pig import bumps_of, place
from residuum.objectives import Collocation
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    laplacian,
    load,
    parameter,
    scaling,
    space,
    unknown,
)

x, y = space("x", "y")
u = unknown("u", x, y)
LAYER = sp.tanh(50 * (x - y))


def layer(exact: Any = LAYER) -> Problem:
    sides = {"x_min": (x, 0), "x_max": (x, 1), "y_min": (y, 0), "y_max": (y, 1)}
    conditions = [dirichlet(u, exact.subs(c, at), on=name) for name, (c, at) in sides.items()]
    return Problem(Box(x=(0, 1), y=(0, 1)), Eq(laplacian(u), laplacian(exact).doit()), conditions)


def error(answer: Any) -> float:
    points = np.random.default_rng(5).uniform(0, 1, (4000, 2))
    exact = np.tanh(50 * (points[:, 0] - points[:, 1]))
    return float(answer.error(lambda _: exact, points))


@pytest.mark.slow
def test_placed_gaussians_beat_a_lattice_on_a_steep_layer() -> None:
    lattice = solve(layer(), RandomFeatures(Gaussians(200)), refine=None, progress=False)
    placed = solve(layer(), PIG(200, rule=None), refine=None, progress=False)
    # Measured: 1.3 for the lattice, which does not see the layer, against 0.07.
    assert error(placed) < error(lattice) / 10


@pytest.mark.slow
def test_moving_them_beats_only_placing_them() -> None:
    budget = Budget(seconds=60)
    still = solve(layer(), PIG(100, rule=None, hard=False), refine=None, progress=False)
    moved = solve(layer(), PIG(100, hard=False), refine=None, progress=False, budget=budget)
    assert "moved" in " ".join(moved.record.notes)
    held = moved.record.history["hold-out residual"]
    assert held[-1] == min(held) < min(still.record.history["hold-out residual"])
    assert error(moved) < error(still)


@pytest.mark.slow
def test_a_smooth_problem_is_solved_and_can_be_stored(tmp_path: Any) -> None:
    exact = sp.sin(2 * x) * sp.exp(y)
    answer = solve(layer(exact), PIG(64, placed=0, rule=None), refine=None, progress=False)
    points = np.random.default_rng(5).uniform(0, 1, (300, 2))
    # Measured: 2e-6 with 64 lattice Gaussians.
    wanted = np.sin(2 * points[:, 0]) * np.exp(points[:, 1])
    assert answer.error(lambda _: wanted, points) < 1e-4
    assert answer.result is Result.SUCCESSFUL
    answer.save(tmp_path / "answer.rs")
    np.testing.assert_array_equal(load(tmp_path / "answer.rs").at(points), answer.at(points))


@pytest.mark.slow
def test_a_nonlinear_problem_moves_on_in_a_small_budget() -> None:
    exact = sp.sin(2 * x) * y
    problem = layer(exact).replace(
        equations=[Eq(laplacian(u) + u**3, laplacian(exact).doit() + exact**3)]
    )
    method = PIG(25, placed=0, rule=VariableProjection(iterations=3, ridge=1e-8))
    answer = solve(problem, method, refine=None, progress=False, budget=Budget(seconds=60))
    points = np.random.default_rng(5).uniform(0, 1, (300, 2))
    wanted = np.sin(2 * points[:, 0]) * points[:, 1]
    # Measured: 4e-5 with 25 Gaussians.
    assert answer.error(lambda _: wanted, points) < 1e-3
    assert answer.record.evaluations["iterations"] >= 1
    assert bumps_of(answer.field).centres.shape == (25, 2)


@in_double_precision
def test_a_placed_gaussian_is_short_along_the_gradient_and_long_across() -> None:
    problem, frame = layer(), Frame(np.full(2, 0.5), np.full(2, 0.5), (), 1)
    points = Box(x=(0, 1), y=(0, 1)).sample(3000, key=7)
    rows = Collocation().equations(problem, scaling(problem), points)
    zero = FeatureField(Gaussians(4).trunk(frame, 3), jnp.zeros((5, 1)))
    bumps = place(zero, rows, frame, 20, 7, 1.0)
    centres, logs, tilts = (np.asarray(p) for p in (bumps.centres, bumps.logs, bumps.tilts))
    # The source is of the form g((x - y)/0.02): nothing of it is left a tenth away.
    assert np.abs(centres[:, 0] - centres[:, 1]).max() < 0.2
    upper = np.zeros((20, 2, 2))
    upper[:, [0, 1], [0, 1]], upper[:, 0, 1] = np.exp(logs), tilts[:, 0]
    across = np.linalg.norm(upper @ np.array([1, -1]) / np.sqrt(2), axis=1)
    along = np.linalg.norm(upper @ np.array([1, 1]) / np.sqrt(2), axis=1)
    # Inverse widths: one half-width of the domain along the layer, some hundredths across.
    np.testing.assert_allclose(along, 1.0, rtol=1e-6)
    assert (across > 10).all()


def test_unknown_numbers_are_left_to_a_network() -> None:
    k = parameter("k", bounds=(1, 2))
    problem = Problem(Box(x=(0, 1), y=(0, 1)), Eq(laplacian(u) * k, 1), [dirichlet(u, 0)])
    assert "unknown parameters" in str(PIG().refuse(problem))


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError, match="count"):
        PIG(0)
    with pytest.raises(OptionError, match="placed"):
        PIG(10, placed=1.5)
