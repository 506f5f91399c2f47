from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.discretise.time._corrector import Corrector, Stage
from residuum.discretise.time._semidiscrete import Scale

from ._systems import (
    Sparse,
    moving_heat,
    prothero_robinson,
    stokes_like,
)


def corrector_of(system: Any, tol: float = 1e-6) -> Corrector:
    return Corrector(system, Scale(system, tol))


def test_a_linear_system_takes_one_solve() -> None:
    system, exact = moving_heat(20)
    corrector = corrector_of(system)
    zero = np.zeros(system.size)
    assert corrector.prepare(0.0, Stage(exact(0), zero), 50.0)
    found = corrector.solve(0.02, exact(0), 50.0, zero)
    assert found is not None and corrector.counts["solves"] == 1
    assert np.abs(system.residual(0.02, *found)).max() < 1e-12
    assert np.allclose(found.rate, 50 * (found.state - exact(0)))


def test_a_factorisation_serves_a_nearby_shift() -> None:
    system, exact = moving_heat(20)
    corrector, zero = corrector_of(system), np.zeros(system.size)
    at = Stage(exact(0), zero)
    assert corrector.prepare(0.0, at, 50.0) and corrector.prepare(0.0, at, 60.0, 0.25)
    found = corrector.solve(0.02, exact(0), 60.0, zero)
    assert corrector.counts["factorisations"] == 1
    # The contraction is at most |ratio - 1| / (ratio + 1) = 1/11 here: few iterations.
    assert found is not None and corrector.counts["newton"] <= 7
    assert corrector.scale.error(system.residual(0.02, *found)) < 0.1
    assert corrector.prepare(0.0, at, 80.0, 0.25)
    assert corrector.counts["factorisations"] == 2


def test_newton_solves_a_nonlinear_stage() -> None:
    system, exact = stokes_like(5.0)
    corrector = corrector_of(system, 1e-10)
    start = exact(0) * [1, 1, 1, 0]
    assert corrector.prepare(0.1, Stage(start, np.zeros(4)), 10.0)
    found = corrector.solve(0.1, start, 10.0, np.zeros(4))
    assert found is not None
    assert np.abs(system.residual(0.1, *found)).max() < 1e-7


def test_a_slow_contraction_asks_for_a_new_jacobian() -> None:
    """With 17 for 10 in the Jacobian each iteration leaves 7/18 of the error."""

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return rate + 10 * u

    system = Sparse(1, residual, lambda t, u, r: (17 * np.eye(1), np.eye(1)))
    corrector = corrector_of(system, 1e-2)
    at = Stage(np.ones(1), np.zeros(1))
    assert corrector.prepare(0.0, at, 1.0)
    found = corrector.solve(0.0, np.ones(1), 1.0, np.zeros(1))
    assert found is not None and found.state == pytest.approx([1 / 11], abs=3e-4)
    assert corrector.prepare(0.0, at, 1.0)
    assert corrector.counts["factorisations"] == 2


def test_nan_is_noted_and_gives_nothing() -> None:
    system = Sparse(1, lambda t, u, r: r + np.sqrt(u), lambda t, u, r: (np.eye(1), np.eye(1)))
    corrector = corrector_of(system)
    assert corrector.prepare(0.0, Stage(np.ones(1), np.zeros(1)), 1.0)
    assert corrector.solve(0.0, -np.ones(1), 1.0, np.zeros(1)) is None
    assert corrector.not_finite


@pytest.mark.parametrize(("entry", "flag"), [(0.0, False), (np.nan, True)])
def test_a_singular_or_undefined_matrix_gives_no_factorisation(entry: float, flag: bool) -> None:
    system = prothero_robinson(1.0)
    system.parts = lambda t, u, r: (np.full((1, 1), entry), np.zeros((1, 1)))
    corrector = corrector_of(system)
    assert not corrector.prepare(0.0, Stage(np.ones(1), np.zeros(1)), 1.0)
    assert corrector.not_finite is flag


def test_a_diverging_iteration_gives_nothing() -> None:
    system = Sparse(1, lambda t, u, r: u**3 - u - 3, lambda t, u, r: (-np.eye(1), np.zeros((1, 1))))
    corrector = corrector_of(system)
    assert corrector.prepare(0.0, Stage(np.zeros(1), np.zeros(1)), 1.0)
    assert corrector.solve(0.0, np.zeros(1), 1.0, np.zeros(1)) is None


def test_a_linear_solver_that_fails_ends_the_iteration_only() -> None:
    class Broken:
        def solve(self, right: np.ndarray) -> np.ndarray:
            raise ArithmeticError("no convergence")

    system = prothero_robinson(1.0)
    system.solver = lambda matrix: Broken()  # type: ignore[method-assign]
    corrector = corrector_of(system)
    assert corrector.prepare(0.0, Stage(np.zeros(1), np.zeros(1)), 1.0)
    assert corrector.solve(0.0, np.zeros(1), 1.0, np.zeros(1)) is None
    assert not corrector.not_finite
