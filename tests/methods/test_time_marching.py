"""One network on an interval that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import Answer, OptionError, Task, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import MLP
from residuum.geometry import Box
from residuum.learning import GaussNewton
from residuum.methods import PINN, TimeMarching
from residuum.objectives import ResidualAdaptive
from residuum.problem import Eq, Problem, dirichlet, initial, space, time, unknown

t, x = time("t"), space("x")
q = unknown("q", t)
w = unknown("w", x)
LOGISTIC = Problem(Box(t=(0, 8)), Eq(q.diff(t), q * (1 - q)), [initial(q, 0.02)])


class Noting(PINN):
    """Writes down how far it was asked to go, and with how many weights it began anew."""

    seen: list[float]

    def run(self, problem: Problem, task: Task) -> Answer:
        assert problem.interval is not None and task.start is not None
        self.seen.append(problem.interval[1])
        return super().run(problem, task)


def test_the_interval_grows_and_the_network_goes_on() -> None:
    method = Noting(MLP(8, 1), GaussNewton(15), ResidualAdaptive(150, 400))
    object.__setattr__(method, "seen", [])
    marching = TimeMarching(method, (0.3, 0.6))
    answer = solve(LOGISTIC, marching, refine=None, progress=False)
    np.testing.assert_allclose(method.seen, [2.4, 4.8, 8.0])
    at = np.linspace(0, 8, 81)[:, None]
    exact = 1 / (1 + 49 * np.exp(-at[:, 0]))
    assert answer.error(lambda _: exact, at) < 1e-2


def test_a_problem_without_time_is_refused() -> None:
    bar = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), 1), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod, match="no time"):
        solve(bar, TimeMarching())


@pytest.mark.parametrize("shares", [(), (0.5, 0.4), (0.0, 0.5), (0.5, 1.0)])
def test_wrong_options_are_refused(shares: Any) -> None:
    with pytest.raises(OptionError):
        TimeMarching(shares=shares)
