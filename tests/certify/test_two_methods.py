"""A second opinion: the distance to a classical answer, and what is known of that one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, final

import pytest
import sympy as sp

import residuum as rs
from residuum import catalogue
from residuum._core import (
    Answer,
    Budget,
    Certificate,
    Method,
    Monitor,
    OptionError,
    Result,
    Task,
    double_precision,
)
from residuum.certify import TwoMethods, certify
from residuum.certify._two_methods import distance
from residuum.problem import ExpressionField

t = rs.time("t")
x = rs.space("x")
q, u = rs.unknown("q", t), rs.unknown("u", t, x)
DECAY = rs.Problem(rs.Box(t=(0, 2)), rs.Eq(q.diff(t), -q), [rs.initial(q, 1)])


def guessed(problem: rs.Problem, *values: Any) -> rs.Solution:
    field = ExpressionField(tuple(sp.sympify(v) for v in values), problem.coordinates)
    return rs.Solution(problem, field, Result.SUCCESSFUL)


@final
@dataclass(frozen=True)
class Claims(Method):
    """A rival that hands back a formula and claims an error."""

    formula: Any = 1
    error: float = 0.1
    name: ClassVar[str] = "claims"
    family: ClassVar[str] = "classical"

    def refuse(self, problem: Any) -> str | None:
        return None

    def run(self, problem: Any, task: Task) -> Answer:
        field = ExpressionField((sp.sympify(self.formula),), problem.coordinates)
        if not self.error > 0:
            return Answer(field, Result.SUCCESSFUL)
        return Answer(
            field, Result.SUCCESSFUL, Certificate("estimate", self.error, self.error, "L2", ("so",))
        )


@pytest.mark.slow
def test_an_ordinary_equation_is_judged_by_time_steps() -> None:
    answer = guessed(DECAY, sp.exp(-t) * (1 + t / 50))
    found = certify(answer, by=TwoMethods(rs.TimeIntegration()))
    square = sp.integrate((sp.exp(-t) * t / 50) ** 2, (t, 0, 2))
    whole = sp.integrate(sp.exp(-2 * t), (t, 0, 2))
    # 2^13 Sobol points integrate smooth functions of one variable to 1e-4; the rival is right to
    # a third of the gap at worst, and to far less here.
    assert found.kind == "estimate" and found.by == "two methods"
    assert found.value == pytest.approx(math.sqrt(square), rel=0.02)
    assert found.relative == pytest.approx(math.sqrt(square / whole), rel=0.02)


@pytest.mark.slow
def test_a_dispersive_wave_has_no_weak_form_and_needs_none() -> None:
    problem = catalogue.kdv.problem()
    answer = guessed(problem, sp.Integer(0))
    found = certify(answer, by=TwoMethods(rs.Spectral()))
    assert found.relative == pytest.approx(1.0, rel=0.01)  # zero is wrong by the whole solution


@pytest.mark.slow
def test_the_rival_has_to_be_better_than_the_gap() -> None:
    close = guessed(DECAY, sp.exp(-t) * (1 + sp.Rational(1, 10**6) * sp.sin(t)))
    found = certify(close, by=TwoMethods(rs.TimeIntegration(), tol=1e-3))
    true = math.sqrt(
        sp.integrate((sp.exp(-t) * sp.sin(t)) ** 2, (t, 0, 2)).evalf()
        / sp.integrate(sp.exp(-2 * t), (t, 0, 2))
    )
    # At the first tolerance the rival knows less than the answer; the promise is 0.5 to 3.
    assert 0.5 < found.relative / (1e-6 * true) < 3


def test_the_rivals_error_is_added() -> None:
    found = certify(guessed(DECAY, sp.Integer(2)), by=TwoMethods(Claims()))
    # ∫ (2 - 1)² over two seconds is 2; relative to one it is one.
    assert found.value == pytest.approx(math.sqrt(2) + 0.1, rel=1e-3)
    assert found.relative == pytest.approx(1.1, rel=1e-3)


def test_without_its_certificate_a_rival_tells_nothing() -> None:
    found = certify(guessed(DECAY, sp.Integer(2)), by=TwoMethods(Claims(error=-1.0)))
    assert found.kind == "none" and "own error is not known" in found.assumptions[0]


def test_a_spent_budget_gets_no_number() -> None:
    found = certify(
        guessed(DECAY, sp.Integer(2)), by=TwoMethods(Claims()), monitor=Monitor(Budget(1e-9))
    )
    assert found.kind == "none" and "budget" in found.assumptions[0]


def test_space_and_time_are_measured() -> None:
    box = rs.Box(t=(1, 3), x=(0, 4))
    heat = rs.Problem(
        box, rs.Eq(u.diff(t), rs.div(rs.grad(u))), [rs.initial(u, 0), rs.dirichlet(u, 0)]
    )
    with double_precision():
        gap, relative = distance(guessed(heat, t * x), guessed(heat, 2 * t * x))
    # ∫ t² ∫ x² = 26/3 · 64/3; Sobol points are right to 1e-3 at least.
    assert gap == pytest.approx(math.sqrt(26 / 3 * 64 / 3), rel=1e-3)
    assert relative == pytest.approx(0.5, rel=1e-12)


def test_what_it_refuses_and_why() -> None:
    answer = guessed(DECAY, sp.exp(-t))
    assert "no rival" in (TwoMethods().refuse(answer, "L2") or "")
    assert TwoMethods(rs.FiniteElement()).refuse(answer, "L2")
    answer.record.method = "TimeIntegration()"
    assert "no second opinion" in (TwoMethods(rs.TimeIntegration()).refuse(answer, "L2") or "")
    k = rs.parameter("k", bounds=(0.5, 2))
    seen = rs.Problem(
        rs.Box(t=(0, 2)),
        rs.Eq(q.diff(t), -k * q),
        [rs.initial(q, 1)],
        observations=[rs.observe(q, [0.6, 0.37], at={"t": [0.5, 1.0]}, noise=0.01)],
    )
    reason = TwoMethods(rs.TimeIntegration()).refuse(guessed(seen, sp.exp(-t)), "L2")
    assert reason is not None and "k was inferred" in reason
    for wrong in ({"rival": "spectral"}, {"tol": 2.0}):
        with pytest.raises(OptionError):
            TwoMethods(**wrong)
