from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError, Result
from residuum.discretise.time import BDF, evolve
from residuum.discretise.time._bdf import ERROR, HIGHEST, LEADING, SHIFT, _newton, _respaced

from ._systems import moving_heat, prothero_robinson, stokes_like, wave


def backward(values: np.ndarray) -> np.ndarray:
    """Return backward differences of values given from the newest to the oldest."""
    found = [values]
    while len(found[-1]) > 1:
        found.append(found[-1][:-1] - found[-1][1:])
    return np.array([row[0] for row in found])


@pytest.mark.parametrize("order", range(1, HIGHEST + 1))
def test_differences_at_other_steps_belong_to_the_same_polynomial(order: int) -> None:
    polynomial = np.polynomial.Polynomial(np.cos(np.arange(order + 1) + 7.0))
    old, factor = -np.arange(order + 1.0), 1.7
    before = backward(polynomial(old))[:, None]
    after = backward(polynomial(factor * old))[:, None]
    # Entries of the transformation grow like factor^order times binomials: rounding times 1e3.
    assert np.allclose(_respaced(before, factor), after, atol=1e-11)


@pytest.mark.parametrize("order", range(1, HIGHEST + 1))
def test_the_dense_polynomial_passes_through_the_last_points(order: int) -> None:
    values = np.sin(np.arange(order + 1) + 2.0)
    piece = _newton(order) @ backward(values)
    places = 1.0 - np.arange(order + 1)
    assert np.polynomial.polynomial.polyval(places, piece) == pytest.approx(values)


@pytest.mark.parametrize("order", range(1, HIGHEST + 1))
def test_formulas_are_exact_for_polynomials_and_the_error_constant_is_theirs(order: int) -> None:
    """Insert t^order (exact) and t^(order + 1) (the known error) at t = 0, -1, …"""
    harmonic = float(np.sum(1 / np.arange(1, order + 1)))
    for power in (order, order + 1):
        d = backward((-np.arange(order + 2.0)) ** power)
        formula = np.sum(d[1 : order + 1] / np.arange(1, order + 1))
        formula -= SHIFT[order] * harmonic * d[order + 1]
        exact = 1.0 if power == 1 else 0.0
        # The last difference is zero for the lower power. Rounding: sixth differences of 6^6.
        assert formula == pytest.approx(exact - ERROR[order] * d[order + 1], abs=1e-9)
    assert LEADING[order] == pytest.approx((1 - SHIFT[order]) * harmonic)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_steps_grow_with_the_order_root_of_the_tolerance(order: int) -> None:
    system = prothero_robinson(1.0)
    counts = [
        evolve(system, (0, 20), np.ones(1), tol=tol, scheme=BDF(order=order)).steps
        for tol in (1e-4, 1e-4 / 4 ** (order + 1))
    ]
    # Error per step ~ h^(order + 1), so the steps should be four times as many.
    assert 2.6 < counts[1] / counts[0] < 5.5


def test_high_order_pays_on_a_smooth_run() -> None:
    system, exact = moving_heat(50)
    found, low = (evolve(system, (0, 1), exact(0), tol=1e-6, scheme=BDF(order=k)) for k in (5, 2))
    assert found.steps < 0.5 * low.steps
    assert np.abs(found.states[-1] - exact(1)).max() < 1e-5


def test_factorisations_are_reused() -> None:
    system, exact = moving_heat(50)
    found = evolve(system, (0, 20), exact(0), tol=1e-6, scheme=BDF())
    assert found.factorisations < 0.25 * found.steps
    assert found.newton < 2.5 * found.steps


@pytest.mark.parametrize("quadratic", [0.0, 5.0])
def test_index_two(quadratic: float) -> None:
    system, exact = stokes_like(quadratic)
    found = evolve(system, (0, 2), np.append(exact(0)[:3], 0), tol=1e-6, scheme=BDF())
    assert found.result is Result.SUCCESSFUL
    late = found.times > 0.5
    states = np.stack([exact(t) for t in found.times])
    assert np.abs(found.states - states)[:, :3].max() < 1e-5
    # Pressures take the order of the formula once the start of order one is forgotten.
    assert np.abs(found.states - states)[late, 3].max() < 1e-3


def test_order_two_damps_no_less_than_it_must_on_waves() -> None:
    places = np.linspace(0, 1, 21)[1:-1]
    start = np.concatenate([np.sin(np.pi * places), np.zeros(19)])
    found = evolve(wave(20), (0, 4), start, tol=1e-6, scheme=BDF(order=2))
    frequency = 2 * 20 * np.sin(np.pi / 40)
    assert np.abs(found.states[-1, :19] - np.sin(np.pi * places) * np.cos(4 * frequency)).max() < (
        1e-3
    )


@pytest.mark.parametrize("order", [0, 6, 2.5])
def test_other_orders_are_refused(order: int) -> None:
    with pytest.raises(OptionError, match="1 to 5"):
        BDF(order=order)
