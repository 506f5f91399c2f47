"""Budgets and monitors."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from residuum._core import Budget, Monitor, OptionError


@pytest.mark.parametrize("name", ["seconds", "memory_mb"])
@pytest.mark.parametrize("bad", [0, -1.0, math.nan, -math.inf])
def test_a_budget_leaves_some_room(name: str, bad: float) -> None:
    with pytest.raises(OptionError, match=name) as caught:
        Budget(**{name: bad})
    assert caught.value.got == str(bad)


def test_without_a_limit_time_is_infinite() -> None:
    monitor = Monitor()
    assert monitor.remaining == math.inf and not monitor.spent
    assert monitor.budget == Budget() and Budget().memory_mb == 8000.0


def test_a_budget_is_spent_when_its_time_is_over() -> None:
    monitor = Monitor(Budget(seconds=60.0))
    early = (monitor.spent, 0 <= monitor.elapsed < 60)
    monitor.started -= 61.0
    late = (monitor.spent, monitor.remaining < 0, monitor.elapsed > 61)
    assert early == (False, True) and late == (True, True, True)


def test_the_listener_hears_fractions() -> None:
    heard: list[tuple[float, str]] = []
    monitor = Monitor(listener=lambda fraction, message: heard.append((fraction, message)))
    monitor.update(0.25, "a quarter")
    monitor.update(-1.0)
    monitor.update(3.0, "done")
    assert heard == [(0.25, "a quarter"), (0.0, ""), (1.0, "done")]
    Monitor().update(0.5, "nobody listens")


def test_phases_add_up() -> None:
    monitor, pause = Monitor(), 0.01
    for _ in range(2):
        with monitor.phase("train"):
            time.sleep(pause)
    with monitor.phase("solve"):
        pass
    seconds = monitor.record.seconds
    # Sleeping never ends early.
    assert seconds["train"] >= 2 * pause and 0 <= seconds["solve"] < seconds["train"]
    assert seconds["train"] <= monitor.elapsed


@pytest.mark.parametrize("error", [KeyboardInterrupt, FloatingPointError])
def test_a_phase_that_fails_is_timed_and_fails(error: Any) -> None:
    monitor = Monitor()
    with pytest.raises(error), monitor.phase("train"):
        raise error
    assert monitor.record.seconds["train"] >= 0


def test_monitors_share_nothing() -> None:
    first, second = Monitor(), Monitor()
    first.record.notes.append("only here")
    assert second.record.notes == []
