"""Rules one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Budget, LinearField, Monitor, OptionError, Result, in_double_precision
from residuum.learning import (
    Adam,
    Draw,
    GaussNewton,
    HeadGaussNewton,
    InTurn,
    LearningRule,
    Outcome,
    Trainable,
)
from residuum.objectives import Rows

from ._settings import decay, error_of_decay, left, setting


@dataclass(frozen=True)
class Spoil(LearningRule):
    """Makes everything worse; notes the seconds it was given."""

    name = "spoil"

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        GIVEN.append(monitor.remaining)
        field: Any = start[0]
        assert isinstance(field, LinearField)
        return Outcome((field.with_head(field.head + 3.0), start[1]), Result.SUCCESSFUL, "spoilt")


GIVEN: list[float] = []


@in_double_precision
def test_what_a_rule_makes_worse_is_dropped() -> None:
    start, rows = setting(decay())

    def draw(trained: Trainable, turn: int) -> tuple[Sequence[Rows], float]:
        return rows, left(trained, rows)

    monitor = Monitor()
    outcome = InTurn((HeadGaussNewton(), Spoil())).train(start, rows, monitor, draw)
    alone = HeadGaussNewton().train(start, rows, Monitor())
    np.testing.assert_array_equal(outcome.trained[0].head, alone.trained[0].head)  # type: ignore[attr-defined]
    assert monitor.record.notes == ["spoil did not lower the residual; dropped"]
    assert outcome.reason.startswith("head_gauss_newton") and outcome.result is alone.result
    # Without fresh points nothing can be judged, and every rule is taken at its word.
    outcome = InTurn((HeadGaussNewton(), Spoil())).train(start, rows, Monitor())
    assert left(outcome.trained, rows) > 1 and outcome.reason == "spoil: spoilt"


@in_double_precision
def test_rules_follow_each_other() -> None:
    start, rows = setting(decay())
    outcome = InTurn((Adam(100), GaussNewton(20))).train(start, rows, Monitor())
    assert error_of_decay(outcome.trained[0]) < 1e-3
    assert 100 < len(outcome.losses) <= 120


@in_double_precision
def test_each_rule_gets_its_share_of_the_time() -> None:
    start, rows = setting(decay())
    GIVEN.clear()
    InTurn((Spoil(), Spoil()), (0.25, 1.0)).train(start, rows, Monitor(Budget(80.0)))
    assert GIVEN[0] == pytest.approx(20, abs=2) and GIVEN[1] == pytest.approx(80, abs=8)


@in_double_precision
def test_the_last_layer_is_not_solved_alone_beside_unknown_numbers() -> None:
    start, rows = setting(decay())
    numbers: Any = type(start[1])({"k": jnp.zeros(())}, (0.5,), (0.5,))
    outcome = InTurn((HeadGaussNewton(),)).train((start[0], numbers), rows, Monitor())
    assert outcome.trained[0] is start[0] and "no rule" in outcome.reason


@pytest.mark.parametrize("wrong", [((), None), ((Adam(),), (0.5, 0.5)), ((Adam(),), (0.0,))])
def test_wrong_options_are_refused(wrong: Any) -> None:
    with pytest.raises(OptionError):
        InTurn(*wrong)
