"""Numbers from readings without any training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Answer, Method, OptionError, Result, Task
from residuum.methods import OutputLeastSquares
from residuum.problem import ExpressionField

t = rs.time("t")
y = rs.unknown("y", t)
k, c = rs.parameter("k", bounds=(0.5, 20.0)), rs.parameter("c", bounds=(0.0, 2.0))


def oscillator(seed: int = 3) -> rs.Problem:
    """y'' + 2 c y' + k y = 0 with c = 0.2, k = 4, read at thirty times."""
    random = np.random.default_rng(seed)
    times, w = random.uniform(0, 8, 30), np.sqrt(4 - 0.04)
    exact = np.exp(-0.2 * times) * (np.cos(w * times) + 0.2 / w * np.sin(w * times))
    values = exact + 0.05 * random.normal(size=30)
    return rs.Problem(
        rs.Box(t=(0, 8)),
        rs.Eq(y.diff(t, 2) + 2 * c * y.diff(t) + k * y),
        [rs.initial(y, 1), rs.initial_rate(y, 0)],
        observations=[rs.observe(y, values, at={"t": times}, noise=0.05)],
    )


def test_frequency_and_damping_with_intervals() -> None:
    answer = rs.solve(oscillator(), OutputLeastSquares())
    assert answer.result is Result.SUCCESSFUL
    known = answer.posterior
    assert known is not None
    for name, true in (("k", 4.0), ("c", 0.2)):
        # Three deviations: one in four hundred fits is farther away.
        assert answer.parameters[name] == pytest.approx(true, abs=3 * known.deviations[name])
        assert answer.intervals[name][0] < answer.parameters[name] < answer.intervals[name][1]
    assert answer(t=0.0) == pytest.approx(1.0)


def test_refuses_what_it_cannot_do() -> None:
    method = OutputLeastSquares()
    assert "no numbers" in str(method.refuse(oscillator().replace(given={"k": 4.0, "c": 0.2})))
    assert "observations" in str(method.refuse(oscillator().replace(observations=())))
    assert method.refuse(oscillator()) is None
    assert OutputLeastSquares(by=rs.FiniteVolume()).refuse(oscillator()) is not None
    with pytest.raises(OptionError):
        OutputLeastSquares(level=1.5)


@dataclass(frozen=True)
class Formula(Method):
    """The exact answer, from a method that says nothing of its error."""

    name: ClassVar[str] = "formula"

    def refuse(self, problem: rs.Problem) -> str | None:
        return None

    def run(self, problem: rs.Problem, task: Task) -> Answer:
        stiff, damp = (sp.Float(problem.given[name]) for name in ("k", "c"))
        w = sp.sqrt(stiff - damp**2)
        exact = sp.exp(-damp * t) * (sp.cos(w * t) + damp / w * sp.sin(w * t))
        return Answer(ExpressionField((exact,), problem.coordinates), Result.SUCCESSFUL)


def test_no_tolerance_is_claimed_through_a_solver_of_unknown_error() -> None:
    """The readings say how uncertain the numbers are, and nothing of how well ``by`` solves."""
    method = OutputLeastSquares(by=Formula())
    answer = rs.solve(oscillator(), method, tol=0.5, refine=None)
    assert answer.result is Result.TOLERANCE_NOT_VERIFIED
    assert answer.certificate.kind == "none" and answer.posterior is not None
