"""The problem: what it collects from its statement."""

from __future__ import annotations

import pytest
import sympy as sp

import residuum as rs
from residuum._core import DomainError, ProblemError

from ._statements import (
    HISTORY,
    SQUARE,
    bar,
    burgers,
    gray_scott,
    heat,
    history,
    inverse_heat,
    lorenz,
    plate,
    poisson,
    t,
    u,
    v,
    varying,
    w,
    x,
    y,
)


def test_unknowns_come_in_order_of_appearance() -> None:
    assert [str(item.func) for item in lorenz().unknowns] == ["a", "b", "c"]
    assert [str(item.func) for item in gray_scott().unknowns] == ["a", "b"]


def test_time_comes_first_whatever_the_order_of_the_domain() -> None:
    domain = rs.Box(x=(0, 1), t=(0, 2))
    problem = history(rs.Eq(u.diff(t), u.diff(x, 2)), domain=domain)
    assert problem.coordinates == (t, x)
    assert problem.interval == (0.0, 2.0)
    assert problem.space == (x,) and problem.time == t


def test_space_comes_in_the_order_of_the_domain() -> None:
    problem = plate(rs.Eq(rs.laplacian(v), 1), domain=rs.Box(y=(0, 1), x=(0, 1)))
    assert problem.coordinates == (y, x)


def test_the_shape_is_the_domain_without_time() -> None:
    assert heat().shape == rs.Box(x=(0, 1))
    assert poisson().shape == SQUARE
    assert lorenz().shape is None
    h = rs.unknown("h", t, x, y)
    disc = rs.Disc((0, 0), 1)
    problem = rs.Problem(
        disc.over(t=(0, 1)),
        rs.Eq(h.diff(t), rs.laplacian(h)),
        [rs.initial(h, 0), rs.dirichlet(h, 0)],
    )
    assert problem.shape == disc
    assert problem.coordinates == (t, x, y)


def test_time_must_be_an_axis_that_can_be_left_out() -> None:
    domain = rs.Polygon([(0, 0), (1, 0), (0, 1)], axes=("t", "x"))
    with pytest.raises(DomainError, match="extend it in time"):
        history(rs.Eq(u.diff(t), u.diff(x, 2)), domain=domain)


def test_steady_problems_have_no_interval() -> None:
    assert poisson().time is None and poisson().interval is None


def test_one_equation_needs_no_list() -> None:
    equation = rs.Eq(-w.diff(x, 2), 1)
    assert bar(equation).equations == (equation,)


def test_known_numbers_are_filled_in() -> None:
    nu = rs.parameter("nu", 0.25)
    problem = history(rs.Eq(u.diff(t), nu * u.diff(x, 2)))
    assert problem.residuals[0] == u.diff(t) - 0.25 * u.diff(x, 2)
    assert problem.parameters == (nu,)
    assert problem.replace(given={"nu": 0.5}).residuals[0] == u.diff(t) - 0.5 * u.diff(x, 2)


def test_numbers_are_given_by_symbol_or_by_name() -> None:
    nu, k = rs.parameter("nu", 0.25), rs.coefficient("k", x)
    equation = rs.Eq(-nu * rs.div(k * rs.grad(w)), 1)
    by_symbol = bar(equation, given={nu: 2.0, k: 3.0})
    by_name = bar(equation, given={"nu": 2.0, "k": 3.0})
    assert by_symbol.residuals == by_name.residuals == (-6.0 * w.diff(x, 2) - 1,)


def test_guesses_are_not_filled_in() -> None:
    D = rs.parameter("D", 0.5, bounds=(0, 1))
    problem = history(rs.Eq(u.diff(t), D * u.diff(x, 2)))
    assert problem.inferred == (D,)
    assert problem.residuals[0] == u.diff(t) - D * u.diff(x, 2)
    assert problem.replace(given={D: 0.25}).inferred == ()


def test_parameters_in_conditions_are_found() -> None:
    q = rs.parameter("q", 3.0)
    problem = bar(rs.Eq(-w.diff(x, 2), 1), rs.dirichlet(w, q))
    assert problem.parameters == (q,)
    assert problem.fill(problem.conditions[0].value) == 3.0


def test_coefficients_are_differentiated_when_filled_in() -> None:
    (residual,) = varying().residuals
    assert sp.expand(residual + (1 + x**2) * w.diff(x, 2) + 2 * x * w.diff(x) + 1) == 0


def test_replacing_merges_given_values_and_keeps_the_rest() -> None:
    a, b = rs.parameter("a", 1.0), rs.parameter("b", 1.0)
    problem = bar(rs.Eq(-a * w.diff(x, 2), b), given={"a": 2.0}, name="first")
    other = problem.replace(given={b: 5.0})
    assert other.given == {"a": 2.0, "b": 5.0} and other.name == "first"
    assert problem.given == {"a": 2.0}
    assert other.replace(name="second").name == "second"


def test_replacing_checks_anew() -> None:
    with pytest.raises(ProblemError, match="axes x of the unknowns"):
        bar(rs.Eq(-w.diff(x, 2), 1)).replace(domain=HISTORY)


def test_conditions_by_kind_and_unknown() -> None:
    a, b = gray_scott().unknowns
    assert gray_scott().periodic_axes(a) == ("x", "y")
    assert gray_scott().initial_value(b) == sp.Rational(1, 4)
    assert poisson().initial_value(v) is None
    assert burgers().initial_value(u) == -sp.sin(sp.pi * x)


def test_problems_print_themselves() -> None:
    assert repr(poisson()) == "Problem('poisson': v(x, y))"
    assert repr(inverse_heat()) == "Problem('problem': u(t, x))"
    assert str(poisson()).strip()
    assert poisson()._repr_latex_().startswith("$$")
