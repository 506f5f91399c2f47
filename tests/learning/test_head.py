"""Gauss–Newton on the last layer alone."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Budget, Monitor, OptionError, Result, in_double_precision
from residuum.fields import RandomTanh
from residuum.learning import HeadGaussNewton
from residuum.objectives import Inferred
from residuum.problem import ExpressionField

from ._settings import NOTHING, decay, error_of_decay, left, setting, t


@in_double_precision
def test_a_linear_problem_takes_one_step() -> None:
    start, rows = setting(decay(order=1))
    outcome = HeadGaussNewton().train(start, rows, Monitor())
    assert outcome.result is Result.SUCCESSFUL
    # The second step finds nothing left but rounding.
    assert len(outcome.losses) <= 3
    assert outcome.losses[1] < 1e-6 * outcome.losses[0]
    times = np.linspace(0, 1, 11)[:, None]
    # Degree six on exp(-t): measured 4e-8.
    np.testing.assert_allclose(outcome.trained[0](jnp.asarray(times)), np.exp(-times), atol=1e-5)


@in_double_precision
def test_a_nonlinear_problem_settles() -> None:
    start, rows = setting(decay())
    monitor = Monitor()
    outcome = HeadGaussNewton().train(start, rows, monitor)
    assert outcome.result is Result.SUCCESSFUL and outcome.reason
    assert all(b < a for a, b in zip(outcome.losses, outcome.losses[1:], strict=False))
    assert outcome.losses[-1] == pytest.approx(left(outcome.trained, rows) ** 2 / 2, rel=1e-6)
    assert error_of_decay(outcome.trained[0]) < 1e-3
    assert monitor.record.seconds["solve"] > 0


def inner(field: Any) -> Any:
    """The dense block in front of the features."""
    return field.field.trunk.blocks[1].blocks[1]


@in_double_precision
def test_inner_weights_do_not_move() -> None:
    start, rows = setting(decay(), RandomTanh(6))
    outcome = HeadGaussNewton(iterations=2).train(start, rows, Monitor())
    before, after = (inner(trained[0]) for trained in (start, outcome.trained))
    np.testing.assert_array_equal(before.weight, after.weight)


def interrupt(fraction: float, message: str) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("monitor", "result"),
    [
        (lambda: Monitor(Budget(seconds=1e-6)), Result.OUT_OF_BUDGET),
        (lambda: Monitor(listener=interrupt), Result.INTERRUPTED),
    ],
)
@in_double_precision
def test_an_early_end_keeps_what_was_reached(monitor: Any, result: Result) -> None:
    start, rows = setting(decay())
    outcome = HeadGaussNewton().train(start, rows, monitor())
    assert outcome.result is result and len(outcome.losses) == 2
    assert left(outcome.trained, rows) < left(start, rows)


@in_double_precision
def test_what_cannot_be_solved_for_is_refused() -> None:
    (field, _), rows = setting(decay())
    with pytest.raises(OptionError, match="last layer"):
        HeadGaussNewton().train((ExpressionField((t,), (t,)), NOTHING), rows, Monitor())
    with pytest.raises(OptionError, match="got D"):
        numbers = Inferred({"D": jnp.zeros(())}, (0.0,), (1.0,))
        HeadGaussNewton().train((field, numbers), rows, Monitor())


@pytest.mark.parametrize("options", [{"iterations": 0}, {"settle": 0.0}, {"settle": np.nan}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        HeadGaussNewton(**options)
