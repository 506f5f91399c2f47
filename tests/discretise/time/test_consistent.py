from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import Result
from residuum.discretise.time import consistent, evolve
from residuum.discretise.time._semidiscrete import Scale

from ._systems import Heat, Sparse, moving_heat, stokes_like


def found(system: Any, start: np.ndarray, interval: tuple[float, float] = (0.0, 1.0)) -> Any:
    return consistent(system, interval, start, Scale(system, 1e-6))


def test_dirichlet_rows_move_and_neighbours_stay() -> None:
    system = Heat(20, lambda t: (0.0, 3.0), lambda t, x: 0 * x)
    stage = found(system, np.ones(21))
    assert stage.state[0] == 0 and stage.state[-1] == 3
    assert np.array_equal(stage.state[1:-1], np.ones(19))
    assert np.abs(system.residual(0.0, *stage)).max() < 1e-12


def test_rates_are_those_of_the_solution() -> None:
    system, exact = moving_heat(20)
    stage = found(system, exact(0.3), (0.3, 1.0))
    slope = (exact(0.3 + 1e-5) - exact(0.3 - 1e-5)) / 2e-5
    # Central differences of step 1e-5: 1e-10 from truncation, 1e-11 from rounding.
    assert np.allclose(stage.rate, slope, atol=2e-8)


@pytest.mark.parametrize("quadratic", [0.0, 5.0])
def test_pressure_follows_from_the_derivative_of_the_constraint(quadratic: float) -> None:
    system, exact = stokes_like(quadratic)
    stage = found(system, np.append(exact(0)[:3], 17.0))
    assert stage.state == pytest.approx(exact(0), abs=1e-8)
    assert stage.rate[:3] == pytest.approx([1, 0, -1], abs=1e-8)


def test_a_mean_zero_multiplier_is_served() -> None:
    """Two pressures of which only the difference acts, made unique by a mean and a multiplier."""
    gradient = np.array([[1.0, -1.0], [-1.0, 1.0], [0.5, -0.5]])

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        v, p, m = u[:3], u[3:5], u[5]
        momentum = rate[:3] + v + gradient @ p - np.array([1.0, 2.0, 3.0])
        return np.concatenate([momentum, gradient.T @ v + m, [p.sum()]])

    one = np.ones((2, 1))
    stiff = np.block(
        [
            [np.eye(3), gradient, np.zeros((3, 1))],
            [gradient.T, np.zeros((2, 2)), one],
            [np.zeros((1, 3)), one.T, np.zeros((1, 1))],
        ]
    )
    mass = np.diag([1.0, 1, 1, 0, 0, 0])
    system = Sparse(6, residual, lambda t, u, r: (stiff, mass), True, True, mass.diagonal() > 0)
    stage = found(system, np.zeros(6))
    assert stage.state[3:5].sum() == pytest.approx(0, abs=1e-12)
    assert gradient.T @ stage.rate[:3] == pytest.approx(np.zeros(2), abs=1e-12)
    assert np.abs(system.residual(0.0, *stage)).max() < 1e-12


def test_looking_back_recovers_the_pressure_a_step_misses() -> None:
    system, exact = stokes_like()
    evolution = evolve(system, (0, 1), exact(0), tol=1e-6)
    stage = found(system, evolution.states[-1], (1.0, 0.0))
    inside = abs(evolution.states[-1, 3] - exact(1)[3])
    # Stage order two shows in the pressure of the steps only; the velocity has order four.
    assert abs(stage.state[3] - exact(1)[3]) < 0.1 * inside < 1e-4


def test_a_velocity_off_its_constraint_is_projected() -> None:
    system, exact = stokes_like()
    start = exact(0) + np.array([0.1, 0.2, -0.3, 0])
    stage = found(system, start)
    constraint = np.array([1.0, -1.0, 2.0])
    mass = np.array([[2.0, 0.5, 0.0], [0.5, 2.0, 0.5], [0.0, 0.5, 2.0]])
    normal = np.linalg.solve(mass, constraint)
    off = constraint @ (start - exact(0))[:3]
    projected = start[:3] - normal * off / (constraint @ normal)
    # The projection is an implicit Euler step of 1e-8 with a stiffness of 40.
    assert stage.state[:3] == pytest.approx(projected, abs=1e-5)
    evolution = evolve(system, (0, 1), start, tol=1e-6)
    assert evolution.result is Result.SUCCESSFUL and evolution.rejected < 5


def test_an_implicit_step_serves_where_rows_and_unknowns_are_permuted() -> None:
    """y' = -y with z = y and w = -y, each stated in the other's row."""
    stiff = np.array([[1.0, 0, 0], [-1, 0, 1], [1, 1, 0]])
    mass = np.diag([1.0, 0, 0])

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return stiff @ u + mass @ rate

    mask = np.array([True, False, False])
    system = Sparse(3, residual, lambda t, u, r: (stiff, mass), True, True, mask)
    stage = found(system, np.array([2.0, 5, 5]))
    assert stage.state == pytest.approx([2, -2, 2], abs=1e-7)
    assert stage.rate[0] == pytest.approx(-2, abs=1e-6)


def test_nothing_is_returned_where_no_way_leads_on() -> None:
    mass = np.diag([1.0, 0])

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return np.array([rate[0] + u[0], 0.0])

    system = Sparse(2, residual, lambda t, u, r: (mass, mass), differential=mass.diagonal() > 0)
    assert found(system, np.ones(2)) is None


def test_nan_gives_nothing() -> None:
    system = Sparse(1, lambda t, u, r: r + np.log(u), lambda t, u, r: (np.diag(1 / u), np.eye(1)))
    assert found(system, -np.ones(1)) is None
