"""Radau steps for sparse linear systems: their order, their damping, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from residuum._core import OptionError, Result
from residuum.discretise.time import ESDIRK4, RadauIIA, evolve

from ._systems import Sparse, moving_heat


class Swing:
    """u' = v, v' = -ω² u, every matrix constant; an algebraic w = u + cos t."""

    linear = autonomous_jacobian = True
    size = 3
    differential = np.array([True, True, False])

    def __init__(self, frequency: float) -> None:
        self.stiff = np.array([[0, -1, 0], [frequency**2, 0, 0], [-1.0, 0, 1]])
        self.mass = np.diag([1.0, 1, 0])
        self.weights = np.array([1.0, frequency, 1.0])

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.stiff @ u + self.mass @ rate - np.array([0, 0, np.cos(t)])
        return found

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: Any) -> Any:
        return csr_array(self.stiff + shift * self.mass)

    def solver(self, matrix: Any) -> Any:
        from scipy.sparse.linalg import splu

        return splu(matrix.tocsc())


def swung(scheme: Any, tol: float, first_step: float | None = None) -> Any:
    start = np.array([1.0, 0.0, 2.0])
    return evolve(Swing(5.0), (0.0, 4.0), start, tol=tol, scheme=scheme, first_step=first_step)


@pytest.mark.parametrize(("stages", "steps"), [(3, (16, 32)), (5, (8, 16)), (7, (4, 8))])
def test_the_order_at_the_ends_of_steps(stages: int, steps: tuple[int, int]) -> None:
    errors = []
    for n in steps:
        # No step is refused with such a tolerance: the longest allowed is taken.
        found = swung(RadauIIA(stages=stages, longest=4 / n), 0.9, first_step=4 / n)
        assert found.steps == n and found.factorisations == (stages + 1) / 2
        value, rate = found.states[-1][:2]
        errors.append(np.hypot(value - np.cos(20), rate / 5 + np.sin(20)))
    observed = np.log2(errors[0] / errors[1])
    # Steps of one to five radians: measured 4.92, 8.82, 12.50.
    assert observed > 2 * stages - 1.6, (errors, observed)


def test_errors_between_steps_follow_the_tolerance() -> None:
    for tol in (1e-3, 1e-6):
        found = swung(RadauIIA(), tol)
        assert found.result is Result.SUCCESSFUL
        times = np.linspace(0, 4, 101)
        states = np.stack([found.at(t) for t in times])
        error = np.abs(states[:, 0] - np.cos(5 * times)).max()
        assert error < 10 * tol
        assert np.abs(states[:, 2] - states[:, 0] - np.cos(times)).max() < 10 * tol


def test_a_long_swing_takes_a_fraction_of_the_solves() -> None:
    many, few = (swung(scheme, 1e-5) for scheme in (ESDIRK4(), RadauIIA()))
    assert few.counts["solves"] < many.counts["solves"] / 4


def test_boundary_values_and_layers_in_time() -> None:
    heat, exact = moving_heat(16)
    found = evolve(heat, (0.0, 1.0), exact(0.0), tol=1e-6, scheme=RadauIIA())
    assert found.result is Result.SUCCESSFUL
    assert np.abs(found.states[-1] - exact(1.0)).max() < 1e-5


def test_what_is_not_linear_is_refused() -> None:
    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return rate + u**3

    system = Sparse(1, residual, lambda t, u, rate: (np.diag(3 * u**2), np.eye(1)))
    with pytest.raises(OptionError, match="ESDIRK4"):
        evolve(system, (0.0, 1.0), np.ones(1), tol=1e-3, scheme=RadauIIA())
    with pytest.raises(OptionError):
        RadauIIA(stages=4)
