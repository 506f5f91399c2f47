"""Radau IIA of order 13: order, stiffness, accuracy between steps, failure."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import Result
from residuum.discretise.time import System, integrate, tableau


def oscillator(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([y[:, 1], -25 * y[:, 0]], axis=1)


OSCILLATOR = System(
    oscillator,
    lambda t, y: np.array([[0.0, 1.0], [-25.0, 0.0]]),
    np.array([1.0, 0.0]),
    np.arange(2),
)


def test_tableau_conditions() -> None:
    method = tableau()
    # Stage order seven: A c^(k-1) = c^k / k; order thirteen: b c^(k-1) = 1/k up to k = 13.
    for k in range(1, 8):
        assert method.matrix @ method.nodes ** (k - 1) == pytest.approx(method.nodes**k / k)
    for k in range(1, 14):
        assert method.matrix[-1] @ method.nodes ** (k - 1) == pytest.approx(1 / k, abs=1e-14)


@pytest.mark.parametrize("tol", [1e-5, 1e-8, 1e-11])
def test_tolerance_holds_between_steps(tol: float) -> None:
    found = integrate(OSCILLATOR, (0.0, 4.0), tol=tol)
    nodes = np.concatenate([[0.0], tableau().nodes])
    error = 0.0
    for begin, end, states in zip(found.knots, found.knots[1:], found.states, strict=False):
        # Between the nodes, by the polynomial through them.
        inside = np.linspace(0.0, 1.0, 23)
        line = np.polynomial.legendre.Legendre.fit(nodes, states[:, 0], 7, domain=[0, 1])(inside)
        error = max(error, np.abs(line - np.cos(5 * (begin + (end - begin) * inside))).max())
    assert error < 5 * tol


def test_stiff_van_der_pol() -> None:
    mu = 1000.0

    def rhs(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.stack([y[:, 1], mu * (1 - y[:, 0] ** 2) * y[:, 1] - y[:, 0]], axis=1)

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        return np.array([[0.0, 1.0], [-2 * mu * y[0] * y[1] - 1, mu * (1 - y[0] ** 2)]])

    system = System(rhs, slope, np.array([2.0, 0.0]), np.arange(2))
    found = integrate(system, (0.0, 2000.0), tol=1e-8)
    assert found.result is Result.SUCCESSFUL
    # Hairer & Wanner II, test set: y(2000) = 1.706167732170469.
    assert found.states[-1][-1][0] == pytest.approx(1.706167732170469, abs=1e-7)


def test_blow_up_is_reported() -> None:
    system = System(lambda t, y: y * y, lambda t, y: np.diag(2 * y), np.ones(1), np.zeros(1, int))
    found = integrate(system, (0.0, 2.0), tol=1e-8)
    assert found.result is Result.DIVERGED
    assert found.knots[-1] == pytest.approx(1.0, abs=1e-6)
    assert np.isfinite(np.concatenate(found.states)).all()


def test_watch_stops() -> None:
    found = integrate(OSCILLATOR, (0.0, 4.0), tol=1e-8, watch=lambda t: t < 1.0)
    assert found.result is Result.OUT_OF_BUDGET
    assert 1.0 <= found.knots[-1] < 2.5
