"""Adam and L-BFGS."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum._core import Budget, Monitor, OptionError, Result, double_precision
from residuum.fields import MLP, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import LBFGS, Adam, LearningRule, Outcome, Trainable
from residuum.objectives import Collocation, Rows, inferred
from residuum.problem import Eq, Problem, dirichlet, hard_conditions, scaling, space, unknown

x = space("x")
w = unknown("w", x)


def start() -> tuple[Trainable, list[Rows]]:
    problem = Problem(
        Box(x=(0, 1)), Eq(w.diff(x, 2), -(sp.pi**2) * sp.sin(sp.pi * x)), [dirichlet(w, 0)]
    )
    sizes, hard = scaling(problem), hard_conditions(problem)
    field = constrain(MLP(8, 1).build(frame_of(problem, sizes), 7), problem, hard, sizes)
    inside, around = Collocation(100).build(problem, sizes, hard, 7)
    return (field, inferred(problem)), [*inside, *around]


def train(rule: LearningRule, monitor: Monitor | None = None) -> Outcome:
    with double_precision():
        begin, rows = start()
        return rule.train(begin, rows, monitor or Monitor())


@pytest.mark.parametrize("rule", [Adam(steps=300, rate=1e-2), LBFGS(steps=100)])
def test_the_loss_falls(rule: LearningRule) -> None:
    outcome = train(rule)
    assert outcome.result is Result.SUCCESSFUL
    assert "steps taken" in outcome.reason
    # A tenth is the least that counts as learning here.
    assert outcome.losses[-1] < 0.1 * outcome.losses[0]


def test_fresh_points_are_drawn_as_often_as_asked() -> None:
    turns = []
    with double_precision():
        begin, rows = start()

        def draw(trained: Trainable, turn: int) -> tuple[list[Rows], float]:
            turns.append(turn)
            return rows, 0.5

        outcome = Adam(steps=200, every=100).train(begin, rows, Monitor(), draw)
    assert len(turns) == 1
    assert outcome.held == [0.5]


def test_divergence_keeps_the_last_finite_block() -> None:
    outcome = train(Adam(steps=200, rate=1e30))
    assert outcome.result is Result.DIVERGED
    assert all(np.isfinite(outcome.losses))


def test_budget_ends_the_training() -> None:
    outcome = train(Adam(steps=100_000), Monitor(Budget(seconds=1e-6)))
    assert outcome.result is Result.OUT_OF_BUDGET
    assert len(outcome.losses) == 1


def test_interruption_is_an_answer() -> None:
    def listener(fraction: float, message: str) -> None:
        raise KeyboardInterrupt

    outcome = train(Adam(steps=500), Monitor(listener=listener))
    assert outcome.result is Result.INTERRUPTED


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"rate": 0.0}, {"rate": -1.0}, {"decay": 0.0}, {"decay": 1.5}]
)
def test_wrong_options_of_adam(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        Adam(**wrong)  # type: ignore[arg-type]


def test_wrong_options_of_lbfgs() -> None:
    with pytest.raises(OptionError):
        LBFGS(memory=0)
