from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from residuum._core import DataError, OptionError, Result
from residuum.discretise.time import BDF, ESDIRK4, TRBDF2, evolve

from ._systems import (
    Heat,
    Sparse,
    moving_heat,
    prothero_robinson,
    van_der_pol,
    wave,
)

SCHEMES = [ESDIRK4(), TRBDF2(), BDF()]
EACH = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: type(s).__name__)


@EACH
@pytest.mark.parametrize("tol", [1e-3, 1e-5, 1e-7])
def test_the_error_follows_the_tolerance(scheme: Any, tol: float) -> None:
    system, exact = moving_heat(50)
    found = evolve(system, (0, 1), exact(0), tol=tol, scheme=scheme)
    assert found.result is Result.SUCCESSFUL and found.times[-1] == 1.0
    places = np.linspace(0, 1, 101)
    worst = max(np.sqrt(np.mean((found.at(t) - exact(t)) ** 2)) for t in places)
    assert 1e-3 * tol < worst < 10 * tol


@EACH
def test_units_of_time_and_of_the_unknown_change_nothing(scheme: Any) -> None:
    system, exact = moving_heat(20)
    found = evolve(system, (0, 1), exact(0), tol=1e-5, scheme=scheme)
    slow, _ = moving_heat(20, unit=3600.0)
    slow.weights = np.full(21, 1e3)
    ends, source = slow.ends, slow.source
    slow.ends = lambda t: (1e3 * ends(t)[0], 1e3 * ends(t)[1])
    slow.source = lambda t, x: 1e3 * source(t, x)
    other = evolve(slow, (0, 3600), 1e3 * exact(0), tol=1e-5, scheme=scheme)
    assert other.counts == found.counts
    assert np.allclose(other.times / 3600, found.times, rtol=1e-8)
    assert np.allclose(other.states / 1e3, found.states, rtol=1e-8)


@EACH
def test_van_der_pol(scheme: Any) -> None:
    system = van_der_pol(1000.0)
    system.groups = np.arange(2)  # type: ignore[attr-defined]
    found = evolve(system, (0, 2), np.array([2.0, -0.6]), tol=1e-5, scheme=scheme)

    def rhs(t: float, u: np.ndarray) -> list[float]:
        return [u[1], 1000 * ((1 - u[0] ** 2) * u[1] - u[0])]

    truth = solve_ivp(rhs, (0, 2), [2.0, -0.6], method="Radau", rtol=1e-10, atol=1e-10).y[:, -1]
    assert found.result is Result.SUCCESSFUL
    # The phase of a relaxation oscillation collects errors: a thousand tolerances are allowed.
    assert np.abs(found.states[-1] - truth).max() < 1e-2
    assert found.factorisations < found.steps + found.rejected


def energy(state: np.ndarray) -> float:
    n = len(state) // 2
    inner = np.concatenate([[0.0], state[:n], [0.0]])
    return float(np.sum(np.diff(inner) ** 2) * (n + 1) + np.sum(state[n:] ** 2) / (n + 1))


@pytest.mark.parametrize(("scheme", "drift"), [(ESDIRK4(), 1e-4), (TRBDF2(), 1e-2)])
def test_energy_of_a_wave_only_falls_and_only_a_little(scheme: Any, drift: float) -> None:
    places = np.linspace(0, 1, 41)[1:-1]
    start = np.concatenate([np.sin(np.pi * places), np.zeros(39)])
    found = evolve(wave(40), (0, 10), start, tol=1e-4, scheme=scheme)
    change = energy(found.states[-1]) / energy(start) - 1
    assert -drift < change < 1e-10


@EACH
def test_a_semi_explicit_system(scheme: Any) -> None:
    """y' = -z, 0 = z - y² with start z far from the constraint: y = 1 / (1 + t)."""

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return np.array([rate[0] + u[1], u[1] - u[0] ** 2])

    def parts(t: float, u: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.array([[0, 1], [-2 * u[0], 1]]), np.diag([1.0, 0])

    system = Sparse(2, residual, parts, differential=np.array([True, False]))
    found = evolve(system, (0, 3), np.array([1.0, -5.0]), tol=1e-6, scheme=scheme)
    for t in (0.0, 0.77, 3.0):
        assert found.at(t) == pytest.approx([1 / (1 + t), 1 / (1 + t) ** 2], abs=3e-5)


@EACH
def test_incompatible_data_are_damped(scheme: Any) -> None:
    """A unit block cooled at both ends: the series solution, and no undershoot."""
    system = Heat(100, lambda t: (0.0, 0.0), lambda t, x: 0 * x)
    found = evolve(system, (0, 0.3), np.ones(101), tol=1e-4, scheme=scheme)
    odd = np.arange(1, 400, 2)
    for t in (0.01, 0.1, 0.3):
        waves = np.sin(np.pi * np.outer(system.nodes, odd))
        truth = waves @ (4 / np.pi / odd * np.exp(-((np.pi * odd) ** 2) * t))
        # Linear elements on a hundred cells: 4e-4 in space at the first of the times.
        assert np.abs(found.at(t) - truth).max() < 1e-3


@EACH
def test_a_forcing_that_switches_on(scheme: Any) -> None:
    for switch in (0.5, 0.517, 0.93):

        def residual(
            t: float, u: np.ndarray, rate: np.ndarray, switch: float = switch
        ) -> np.ndarray:
            return rate + u - float(t > switch)

        system = Sparse(1, residual, lambda t, u, r: (np.eye(1), np.eye(1)), True, True)
        found = evolve(system, (0, 2), np.ones(1), tol=1e-5, scheme=scheme)
        truth = np.exp(-2.0) + 1 - np.exp(switch - 2)
        assert found.rejected > 0
        # A jump escapes error estimates by a factor that depends on where in the step it falls.
        assert abs(found.states[-1, 0] - truth) < 3e-4


def test_a_constant_matrix_is_factorised_seldom() -> None:
    system, exact = moving_heat(50)
    found = evolve(system, (0, 20), exact(0), tol=1e-6)
    assert found.factorisations < 0.15 * found.steps
    assert found.newton == 5 * (found.steps + found.rejected)
    assert found.counts["solves"] == 6 * (found.steps + found.rejected)


def test_a_jacobian_that_changes_slowly_serves_many_steps() -> None:
    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return rate + 50 * (1 + 0.1 * np.sin(t)) * (u - 1) + u**3

    def parts(t: float, u: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.diag(50 * (1 + 0.1 * np.sin(t)) + 3 * u**2), np.eye(1)

    found = evolve(Sparse(1, residual, parts), (0, 40), np.zeros(1), tol=1e-6)
    assert found.result is Result.SUCCESSFUL
    assert found.factorisations < 0.3 * found.steps


@EACH
def test_blow_up_is_a_code_with_the_finite_part_kept(scheme: Any) -> None:
    system = Sparse(1, lambda t, u, r: r - u**2, lambda t, u, r: (np.diag(-2 * u), np.eye(1)))
    found = evolve(system, (0, 2), np.ones(1), tol=1e-3, scheme=scheme)
    assert found.result is Result.DIVERGED
    assert found.times[-1] == pytest.approx(1.0, abs=0.05)
    assert np.isfinite(found.states).all() and np.isfinite(found.at(0.5)).all()
    assert found.at(0.5)[0] == pytest.approx(2.0, rel=0.02)


@EACH
def test_a_root_of_a_negative_number_is_a_code(scheme: Any) -> None:
    system = Sparse(
        1,
        lambda t, u, r: r + 1 + np.sqrt(u),
        lambda t, u, r: (np.diag(0.5 / np.sqrt(u)), np.eye(1)),
    )
    found = evolve(system, (0, 3), np.ones(1), tol=1e-4, scheme=scheme)
    assert found.result is Result.NOT_FINITE
    # 2 (sqrt u - log(1 + sqrt u)) falls from its value at one to zero.
    assert found.times[-1] == pytest.approx(2 - 2 * np.log(2), abs=1e-3)
    assert np.isfinite(found.states).all()


def test_nan_at_the_start_is_a_code() -> None:
    system = Sparse(1, lambda t, u, r: r + np.log(u), lambda t, u, r: (np.diag(1 / u), np.eye(1)))
    found = evolve(system, (0, 1), -np.ones(1), tol=1e-4)
    assert found.result is Result.NOT_FINITE
    assert np.array_equal(found.states, -np.ones((1, 1))) and found.steps == 0


@EACH
def test_a_singular_matrix_later_on_is_a_code(scheme: Any) -> None:
    """The equation loses its rate at t = 1."""

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return max(1 - t, 0.0) * rate - 1

    def parts(t: float, u: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((1, 1)), np.full((1, 1), max(1 - t, 0.0))

    found = evolve(Sparse(1, residual, parts), (0, 2), np.ones(1), tol=1e-4, scheme=scheme)
    assert found.result in (Result.STAGNATED, Result.NOT_FINITE)
    assert 0.9 < found.times[-1] <= 1.0 and np.isfinite(found.states).all()


def test_the_watch_and_the_number_of_steps_end_an_integration() -> None:
    system, exact = moving_heat(20)
    seen: list[float] = []

    def watch(t: float) -> bool:
        seen.append(t)
        return t < 0.3

    found = evolve(system, (0, 1), exact(0), tol=1e-6, watch=watch)
    assert found.result is Result.OUT_OF_BUDGET
    assert found.times[-1] == seen[-1] >= 0.3 and len(seen) == found.steps
    short = evolve(system, (0, 1), exact(0), tol=1e-6, most_steps=3)
    assert short.result is Result.OUT_OF_BUDGET and short.steps == 3


def test_an_interrupt_keeps_what_was_found() -> None:
    system, exact = moving_heat(20)

    def watch(t: float) -> bool:
        if t > 0.2:
            raise KeyboardInterrupt
        return True

    found = evolve(system, (0, 1), exact(0), tol=1e-6, watch=watch)
    assert found.result is Result.INTERRUPTED and found.times[-1] > 0.2
    assert np.abs(found.states[-1] - exact(float(found.times[-1]))).max() < 1e-5


def test_a_first_step_and_a_longest_step_are_honoured() -> None:
    system = prothero_robinson(10.0)
    found = evolve(
        system, (0, 1), np.ones(1), tol=1e-3, first_step=1e-4, scheme=ESDIRK4(longest=0.05)
    )
    assert found.times[1] <= 1e-4 and np.diff(found.times).max() <= 0.05 * (1 + 1e-9)


def test_a_state_at_rest_takes_few_steps() -> None:
    system = Heat(20, lambda t: (0.0, 0.0), lambda t, x: 0 * x)
    found = evolve(system, (0, 1), np.zeros(21), tol=1e-6)
    assert found.steps < 12 and np.abs(found.states).max() == 0


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"interval": (1, 0)}, "positive length"),
        ({"interval": (0, np.inf)}, "positive length"),
        ({"tol": 0.0}, "between 0 and 1"),
        ({"tol": np.nan}, "between 0 and 1"),
        ({"first_step": -1.0}, "positive first step"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], match: str) -> None:
    given = {"interval": (0, 1), "tol": 1e-3, **options}
    with pytest.raises(OptionError, match=match):
        evolve(prothero_robinson(1.0), given.pop("interval"), np.ones(1), **given)


@pytest.mark.parametrize("start", [np.ones(2), np.array([np.nan])])
def test_bad_starts_are_refused(start: np.ndarray) -> None:
    with pytest.raises(DataError, match="1 finite initial values"):
        evolve(prothero_robinson(1.0), (0, 1), start, tol=1e-3)
