"""Several members."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Answer, Method, OptionError, Result, Task
from residuum._solve import solve
from residuum.fields import MLP
from residuum.learning import GaussNewton
from residuum.methods import PINN, Ensemble
from residuum.objectives import ResidualAdaptive
from residuum.problem import Eq, ExpressionField, Problem, dirichlet, space, unknown

x = space("x")
w = unknown("w", x)


def layer() -> Problem:
    """w'' = exp(w) between zeros."""
    return Problem(rs.Box(x=(0, 1)), Eq(w.diff(x, 2), sp.exp(w)), [dirichlet(w, 0)])


NETWORK = PINN(MLP(6, 1), GaussNewton(40), ResidualAdaptive(60, 200))


@pytest.mark.slow
def test_the_mean_of_networks_is_saved_with_its_spread(tmp_path: Path) -> None:
    method = Ensemble(NETWORK, 3)
    answer = solve(layer(), method, key=7, budget=60, progress=False, refine=None)
    field: Any = answer.field
    assert len(field.parts) == 3
    points = np.linspace(0.1, 0.9, 9)[:, None]
    spread = field.spread(points)
    # Members from other keys differ, by far less than the answer, which is about -0.1.
    assert 0 < spread.max() < 1e-2
    assert any("3 of 3 members" in note for note in answer.record.notes)
    assert answer.certificate.kind == "none"
    loaded = rs.load(answer.save(tmp_path / "mean.rs"))
    np.testing.assert_allclose(loaded.at(points), answer.at(points), rtol=1e-12)


@dataclass(frozen=True)
class Scripted(Method):
    """A member that answers with its turn: a number, not a number, or an interruption."""

    name: ClassVar[str] = "scripted"
    calls: ClassVar[list[tuple[int, float]]] = []
    script: ClassVar[list[Any]] = []

    def refuse(self, problem: Any) -> str | None:
        return "never" if not self.script else None

    def run(self, problem: Any, task: Task) -> Answer:
        self.calls.append((int(task.key), task.monitor.remaining))
        turn = self.script[len(self.calls) - 1]
        if turn is None:
            raise KeyboardInterrupt
        field = ExpressionField((sp.sympify(turn),), problem.coordinates)
        return Answer(field, Result.SUCCESSFUL, parameters={"k": float(len(self.calls))})


def scripted(*turns: Any) -> rs.Solution:
    Scripted.calls.clear()
    Scripted.script[:] = turns
    method = Ensemble(Scripted(), len(turns))
    return solve(layer(), method, key=7, budget=100, progress=False, refine=None)


def test_each_member_has_its_key_and_its_share_of_the_time() -> None:
    answer = scripted(1, 2, 6)
    assert answer(x=0.3) == pytest.approx(3.0)
    assert len({key for key, _ in Scripted.calls}) == 3
    shares = [left for _, left in Scripted.calls]
    assert shares[0] == pytest.approx(33, abs=4) and shares[2] == pytest.approx(100, abs=12)
    assert answer.parameters["k"] == pytest.approx(2.0)


def test_members_that_are_not_finite_are_left_out() -> None:
    answer = scripted(1, sp.sqrt(x - 2), 3)
    assert answer(x=0.3) == pytest.approx(2.0)
    assert any("2 of 3 members" in note for note in answer.record.notes)


def test_an_interruption_keeps_the_members_so_far() -> None:
    answer = scripted(1, 2, None)
    assert answer.result is Result.INTERRUPTED and answer(x=0.3) == pytest.approx(1.5)


def test_wrong_options_are_refused() -> None:
    for wrong in ({"method": NETWORK, "members": 1}, {"method": "pinn"}):
        with pytest.raises(OptionError):
            Ensemble(**wrong)
    Scripted.script.clear()
    assert Ensemble(Scripted()).refuse(layer()) == "never"
