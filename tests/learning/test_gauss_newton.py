"""Damped Gauss–Newton with geodesic acceleration."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Budget, LinearField, Monitor, OptionError, Result, in_double_precision
from residuum.fields import MLP
from residuum.learning import GaussNewton, Trainable, residuals, system
from residuum.learning._rule import finite
from residuum.objectives import Rows

from ._settings import decay, error_of_decay, left, setting


class Listening:
    """Counts the iterations; raises or pauses where told to."""

    def __init__(self, interrupt_at: int = -1, pause: float = 0.0) -> None:
        self.heard: list[tuple[float, str]] = []
        self.interrupt_at, self.pause = interrupt_at, pause

    def __call__(self, fraction: float, message: str) -> None:
        self.heard.append((fraction, message))
        clock.sleep(self.pause)
        if len(self.heard) == self.interrupt_at:
            raise KeyboardInterrupt


@in_double_precision
def test_a_network_learns_an_ordinary_equation() -> None:
    start, rows = setting(decay(), MLP(4, 1), points=20)
    listener = Listening()
    monitor = Monitor(listener=listener)
    outcome = GaussNewton(iterations=60).train(start, rows, monitor)
    # Measured: 5e-6 on 1/(1 + t) after 60 iterations; the start is wrong by 0.28.
    assert error_of_decay(start[0]) > 1e-2 and error_of_decay(outcome.trained[0]) < 1e-4
    assert outcome.losses[-1] < 1e-6 * outcome.losses[0]
    assert all(b <= a for a, b in zip(outcome.losses, outcome.losses[1:], strict=False))
    assert outcome.result in (Result.SUCCESSFUL, Result.OUT_OF_BUDGET) and outcome.reason
    assert outcome.held == []
    assert {"compile", "train"} <= monitor.record.seconds.keys()
    fractions = [fraction for fraction, _ in listener.heard]
    assert fractions == sorted(fractions) and "iteration 0" in listener.heard[0][1]
    assert outcome.losses[0] == pytest.approx(left(start, rows) ** 2 / 2, rel=1e-10)


@in_double_precision
def test_it_stops_where_no_step_helps() -> None:
    start, rows = setting(decay())
    outcome = GaussNewton(damping=1e-3).train(start, rows, Monitor())
    # A polynomial of degree five times t leaves a residual; Gauss–Newton settles on it.
    assert outcome.result in (Result.SUCCESSFUL, Result.STAGNATED)
    assert outcome.reason in ("no step lowers the residual", "the residual no longer falls")
    residual, matrix = system(outcome.trained[0], rows)  # type: ignore[arg-type]
    gradient = matrix.T @ residual
    # At the minimum the gradient is rounding: measured 1e-16.
    assert np.abs(gradient).max() < 1e-12
    assert error_of_decay(outcome.trained[0]) < 1e-4  # measured 2e-5


@in_double_precision
def test_it_says_when_the_iterations_are_over() -> None:
    start, rows = setting(decay())
    outcome = GaussNewton(iterations=2).train(start, rows, Monitor())
    assert outcome.result is Result.OUT_OF_BUDGET and "2 iterations" in outcome.reason
    assert len(outcome.losses) == 2
    assert left(outcome.trained, rows) < left(start, rows)


@in_double_precision
def test_a_spent_budget_keeps_what_was_reached() -> None:
    start, rows = setting(decay())
    monitor = Monitor(Budget(seconds=1e-6))
    outcome = GaussNewton().train(start, rows, monitor)
    assert outcome.result is Result.OUT_OF_BUDGET and "budget" in outcome.reason
    assert len(outcome.losses) == 1
    assert left(outcome.trained, rows) < left(start, rows)


@in_double_precision
def test_an_interrupt_keeps_what_was_reached() -> None:
    start, rows = setting(decay())
    outcome = GaussNewton().train(start, rows, Monitor(listener=Listening(interrupt_at=3)))
    assert (outcome.result, outcome.reason) == (Result.INTERRUPTED, "interrupted")
    assert len(outcome.losses) == 3 and finite(outcome.trained)
    assert left(outcome.trained, rows) ** 2 / 2 < outcome.losses[-1]


@in_double_precision
def test_a_request_too_large_is_refused_before_it_is_made() -> None:
    start, rows = setting(decay())
    with pytest.raises(MemoryError, match="fewer weights or points"):
        GaussNewton().train(start, rows, Monitor(Budget(memory_mb=1e-3)))


class Fresh:
    """Rows at points that move with the turn, as drawn by a method."""

    def __init__(self, rows: Sequence[Rows]) -> None:
        self.rows, self.held, self.turns = rows, [1.0], list[int]()

    def __call__(self, trained: Trainable, turn: int) -> tuple[list[Rows], float]:
        self.turns.append(turn)
        moved = [replace_points(item, 0.01 * (turn % 3)) for item in self.rows]
        self.held.append(float(jnp.linalg.norm(residuals(trained, moved))))
        return moved, self.held[-1]


def replace_points(rows: Rows, shift: float) -> Rows:
    return replace(rows, points=0.97 * rows.points + shift)


@in_double_precision
def test_fresh_points_are_asked_for_and_judge() -> None:
    start, rows = setting(decay())
    draw = Fresh(rows)
    outcome = GaussNewton(damping=1e-3, every=2).train(start, rows, Monitor(), draw)
    assert draw.turns == list(range(len(draw.turns)))
    assert outcome.held == draw.held[2:]
    assert outcome.result is Result.SUCCESSFUL and "fresh points" in outcome.reason
    best = float(jnp.linalg.norm(residuals(outcome.trained, draw(outcome.trained, 0)[0])))
    # What is handed back is the best of those judged, and the points move by a percent.
    assert best < 1.5 * min(draw.held[1:-1])


@in_double_precision
def test_an_early_end_with_fresh_points_keeps_the_steps_taken() -> None:
    start, rows = setting(decay())
    outcome = GaussNewton(iterations=5, every=10).train(start, rows, Monitor(), Fresh(rows))
    assert outcome.losses[-1] < 0.1 * outcome.losses[0]
    assert left(outcome.trained, rows) < left(start, rows)


@pytest.mark.parametrize("fresh", [False, True])
@in_double_precision
def test_a_residual_that_is_not_finite_ends_it_at_once(fresh: bool) -> None:
    (field, numbers), rows = setting(decay())
    assert isinstance(field, LinearField)
    start = (field.with_head(field.head.at[1].set(np.nan)), numbers)
    draw = Fresh(rows) if fresh else None
    outcome = GaussNewton(iterations=12).train(start, rows, Monitor(), draw)
    assert outcome.result is Result.NOT_FINITE and len(outcome.losses) <= 1


@pytest.mark.parametrize("options", [{"iterations": 0}, {"every": 0}, {"damping": 0.0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        GaussNewton(**options)
