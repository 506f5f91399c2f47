"""Tasks, answers and the protocol of methods."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import pytest
import sympy as sp

from residuum._core import Answer, Certificate, Field, Method, Monitor, Result, Task
from residuum.problem import ExpressionField, space

x = space("x")
LINE: Field = ExpressionField((2 * x + sp.Integer(1),), (x,))


def test_a_task_asks_for_nothing_by_default() -> None:
    first, second = Task(), Task()
    assert first.tol is None and first.key == second.key
    assert isinstance(first.monitor, Monitor) and first.monitor is not second.monitor
    assert first.monitor.record is not second.monitor.record


def test_an_answer_claims_nothing_by_default() -> None:
    answer, other = Answer(LINE, Result.SUCCESSFUL), Answer(LINE, Result.STAGNATED)
    assert answer.certificate == Certificate() and not answer.certificate.verifies(1.0)
    answer.parameters["D"] = 0.3
    assert other.parameters == {}
    assert float(answer.field(jnp.ones((1, 1)))[0, 0]) == 3.0


def test_a_method_must_refuse_and_run() -> None:
    class Half(Method):
        name = "half"

        def refuse(self, problem: Any) -> str | None:
            return None

    with pytest.raises(TypeError, match="run"):
        Half()  # type: ignore[abstract]
    assert Half.sources == ()
