"""What integration in time refuses, and why."""

from __future__ import annotations

import sympy as sp

from residuum._core import double_precision
from residuum.catalogue import case
from residuum.discretise.ode import Evolution, plainly_regular, refuse_index, refuse_statement
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, initial_rate, time, unknown

from ._posed import circuit, diode, oscillator, pendulum, robertson

t = time("t")


def index(problem: Problem) -> str | None:
    with double_precision():
        return refuse_index(Evolution(problem))


def test_problems_of_index_one_pass() -> None:
    for problem in (oscillator(), diode(), circuit(), robertson(True), pendulum(1)):
        assert refuse_statement(problem) is None
        assert index(problem) is None
    assert plainly_regular(oscillator())
    assert not plainly_regular(diode())


def test_higher_index_is_named() -> None:
    assert "tension" in str(index(pendulum(3)))
    assert "two or more" in str(index(pendulum(3)))
    u, p = unknown("u", "p", t)
    pressed = Problem(Box(t=(0, 1)), [Eq(u.diff(t), p), Eq(u, sp.sin(t))], [initial(u, 0)])
    assert "p(t)" in str(index(pressed))


def test_varying_singular_factors() -> None:
    u, v = unknown("u", "v", t)
    both = [Eq(u * (u.diff(t) + v.diff(t)), 1), Eq(u.diff(t) + v.diff(t), v)]
    problem = Problem(Box(t=(0, 1)), both, [initial(u, 1), initial(v, 1)])
    assert "singular and vary" in str(index(problem))


def test_statements_of_another_kind() -> None:
    assert "space" in str(refuse_statement(case("heat").problem()))
    u = unknown("u", t)
    steep = Problem(Box(t=(0, 1)), Eq(u.diff(t) ** 2, u), [initial(u, 1)])
    assert "linear in" in str(refuse_statement(steep))
    third = Problem(Box(t=(0, 1)), Eq(u.diff(t, 3), u), [initial(u, 1), initial_rate(u, 0)])
    assert "order 3" in str(refuse_statement(third))
    static = Problem(Box(t=(0, 1)), Eq(u**3, t), [])
    assert "no equation" in str(refuse_statement(static))
