"""Integration through events, its field, and the ways in which it ends."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import Result, double_precision
from residuum.discretise.ode import (
    EXPLICIT,
    Event,
    Evolution,
    Limits,
    Marcher,
    Orbit,
    Traveller,
    Watchers,
    consistent,
    field_of,
    values_at,
)
from residuum.problem import Problem

from ._posed import ball, columns, oscillator

GRAVITY = 9.81


def travel(problem: Problem, *events: Event, **limits: int) -> tuple[Evolution, Orbit]:
    with double_precision():
        found = Evolution(problem)
        watchers = Watchers(found, events) if events else None
        start, _ = consistent(found)
        traveller = Traveller(Marcher(found, EXPLICIT), watchers)
        return found, traveller.go(start, Limits(1e-10, found.sizes, **limits))


def bounces(share: float, count: int) -> np.ndarray:
    """Return the exact times of bounces that keep a share of the speed."""
    first = np.sqrt(2 / GRAVITY)
    flights = 2 * first * share ** np.arange(1, count)
    return first + np.concatenate([[0.0], np.cumsum(flights)])


def test_bounces_at_exact_times() -> None:
    problem = ball()
    y, v = (problem.unknowns[k] for k in columns(problem, "y", "v"))
    found, orbit = travel(problem, Event(y, direction=-1, then={v: -0.8 * v}))
    times = np.array([time for _, time in orbit.events])
    # A polynomial of degree two: the steps are exact, and only rounding is left.
    np.testing.assert_allclose(times, bounces(0.8, 6), rtol=1e-12)
    with double_precision():
        field = field_of(found, orbit, EXPLICIT.nodes)
    side = 1e-9
    before, after = values_at(field, np.array([times[0] - side, times[0] + side]))
    k = columns(problem, "v")[0]
    assert after[k] / before[k] == pytest.approx(-0.8, rel=1e-7)


def test_bounces_that_pile_up_end_the_integration() -> None:
    problem = ball(end=30.0)
    y, v = (problem.unknowns[k] for k in columns(problem, "y", "v"))
    bounce = Event(y, direction=-1, then={v: -0.8 * v})
    _, orbit = travel(problem, bounce)
    # The limit of the series is nine first flights: 1 + 2 · 0.8 / 0.2.
    assert orbit.result is Result.STAGNATED
    assert "pile up" in orbit.reason
    assert orbit.events[-1][1] == pytest.approx(9 * np.sqrt(2 / GRAVITY), rel=1e-10)
    _, few = travel(problem, bounce, events=7)
    assert len(few.events) == 7 and few.result is Result.STAGNATED


def test_terminal_event_holds_the_last_state() -> None:
    problem = ball()
    y = problem.unknowns[columns(problem, "y")[0]]
    found, orbit = travel(problem, Event(y, terminal=True))
    assert orbit.over and len(orbit.events) == 1
    assert orbit.events[0][1] == pytest.approx(np.sqrt(2 / GRAVITY), rel=1e-13)
    with double_precision():
        field = field_of(found, orbit, EXPLICIT.nodes)
    late = values_at(field, np.array([2.5]))[0]
    held = late[columns(problem, "y", "v")]
    np.testing.assert_allclose(held, [0.0, -np.sqrt(2 * GRAVITY)], atol=1e-12)


def test_passive_events_are_noted_by_direction() -> None:
    problem = oscillator(end=20.0)
    x = problem.unknowns[0]
    _, orbit = travel(problem, Event(x, direction=1), Event(x))
    rising = [time for number, time in orbit.events if number == 0]
    every = [time for number, time in orbit.events if number == 1]
    quarter = np.pi / 2
    np.testing.assert_allclose(rising, [3 * quarter, 7 * quarter, 11 * quarter], rtol=1e-8)
    np.testing.assert_allclose(every, quarter * np.arange(1, 13, 2), rtol=1e-8)


def test_limits_and_interrupts() -> None:
    _, few = travel(oscillator(end=400.0), steps=100)
    assert few.result is Result.STAGNATED and "steps reach" in few.reason
    with double_precision():
        found = Evolution(oscillator(end=400.0))
        start, _ = consistent(found)
        traveller = Traveller(Marcher(found, EXPLICIT))
        limits = Limits(1e-10, found.sizes)
        spent = traveller.go(start, limits, lambda share: False)

        def interrupted(share: float) -> bool:
            raise KeyboardInterrupt

        stopped = traveller.go(start, limits, interrupted)
    assert spent.result is Result.OUT_OF_BUDGET and 0 < spent.ends[-1] < 1
    assert stopped.result is Result.INTERRUPTED and stopped.pieces
