"""Easy problems first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import Answer, OptionError, Result, Task, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import MLP
from residuum.geometry import Box
from residuum.learning import GaussNewton
from residuum.methods import PINN, Curriculum
from residuum.objectives import ResidualAdaptive
from residuum.problem import Eq, Problem, dirichlet, parameter, space, unknown

x = space("x")
w = unknown("w", x)
FEW = ResidualAdaptive(200, 600)


def layer(thin: float) -> Problem:
    """-ε w'' + w' = 1: a layer of thickness ε at the right end."""
    eps = parameter("eps", thin)
    return Problem(Box(x=(0, 1)), Eq(-eps * w.diff(x, 2) + w.diff(x), 1), [dirichlet(w, 0)])


class Noting(PINN):
    """Writes down what it was asked to solve, and from where."""

    seen: list[tuple[float, bool]]

    def run(self, problem: Problem, task: Task) -> Answer:
        (eps,) = problem.parameters
        value = float(problem.given.get("eps", eps.value or 0.0))
        self.seen.append((value, task.start is not None))
        return super().run(problem, task)


def noting() -> Noting:
    method = Noting(MLP(8, 1), GaussNewton(12), FEW)
    object.__setattr__(method, "seen", [])
    return method


def test_every_answer_is_the_start_of_the_next() -> None:
    method = noting()
    answer = solve(layer(0.1), Curriculum("eps", (0.5, 0.2), method), refine=None, progress=False)
    assert method.seen == [(0.5, False), (0.2, True), (0.1, True)]
    at = np.linspace(0, 1, 101)[:, None]
    exact = at[:, 0] - np.expm1(at[:, 0] / 0.1) / np.expm1(10)
    assert answer.error(lambda _: exact, at) < 1e-2
    assert answer.problem.parameters[0].value == 0.1


def test_a_spent_budget_keeps_the_answer_to_an_easier_problem() -> None:
    method = Curriculum("eps", (0.5, 0.2), noting())
    answer = solve(layer(0.1), method, refine=None, progress=False, budget=1e-2)
    assert answer.result is Result.OUT_OF_BUDGET
    assert any("the budget was spent after eps = 0.5" in note for note in answer.record.notes)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnsuitableMethod, match="no known number 'nu'"):
        solve(layer(0.1), Curriculum("nu", (1.0,)))


@pytest.mark.parametrize("options", [{"values": ()}, {"values": (np.nan,)}, {"last": 1.0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Curriculum(**{"parameter": "eps", "values": (1.0,), **options})
