"""Conditions: each is an expression that vanishes where it holds."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import residuum as rs
from residuum._core import ConditionError
from residuum.problem._conditions import BOUNDARY_KINDS, normal

from ._statements import t, u, v, w, x, y

NX, NY = normal((x, y))


@pytest.mark.parametrize(
    ("condition", "space", "expected"),
    [
        (rs.initial(u, sp.sin(x)), (x,), u - sp.sin(x)),
        (rs.initial_rate(u, 2), (x,), u.diff(t) - 2),
        (rs.dirichlet(w, 3), (x,), w - 3),
        (rs.neumann(w, 3), (x,), NX * w.diff(x) - 3),
        (rs.neumann(v, x), (x, y), NX * v.diff(x) + NY * v.diff(y) - x),
        (rs.robin(w, 1, a=2, b=5), (x,), 2 * w + 5 * NX * w.diff(x) - 1),
        (rs.robin(w, 1), (x,), w + NX * w.diff(x) - 1),
        (
            rs.flux((1 + x) * rs.grad(v), 7),
            (x, y),
            (1 + x) * (NX * v.diff(x) + NY * v.diff(y)) - 7,
        ),
        (rs.flux(rs.vector(v, v**2), 0), (x, y), NX * v + NY * v**2),
        (rs.point_value(v, 1, at={"x": 0, "y": 0}), (x, y), v - 1),
    ],
    ids=lambda item: getattr(item, "kind", ""),
)
def test_the_expression_of_a_condition_vanishes_where_it_holds(
    condition: Any, space: tuple[Any, ...], expected: Any
) -> None:
    assert sp.expand(condition.expression(space) - expected) == 0


def test_conditions_say_where_they_hold() -> None:
    assert rs.initial(u, 0).on == "initial"
    assert rs.dirichlet(w, 0).on == "boundary"
    assert rs.robin(w, 0, on="x_min").on == "x_min"
    assert rs.periodic(u, x).on == rs.periodic(u, "x").on == "x"
    assert rs.point_value(w, 0, at={"x": 1}).on == "point"
    assert rs.integral(w).on == "domain"


def test_a_point_is_kept_in_the_order_of_the_unknown() -> None:
    condition: Any = rs.point_value(v, 0, at={"y": 2, "x": sp.Rational(1, 2)})
    assert condition.at == (("x", 0.5), ("y", 2.0))


def test_kinds_name_the_functions_that_make_them() -> None:
    made = [rs.dirichlet(w, 0), rs.neumann(w, 0), rs.robin(w, 0), rs.flux(rs.grad(w), 0)]
    assert tuple(item.kind for item in made) == BOUNDARY_KINDS


def test_jumps_are_kept() -> None:
    assert rs.dirichlet(w, 0, jump=True).jump and rs.initial(u, 0, jump=True).jump
    assert not rs.dirichlet(w, 0).jump


def test_text_of_a_condition_names_kind_unknown_value_and_place() -> None:
    assert str(rs.dirichlet(w, 3, on="x_min")) == "dirichlet(w(x), 3, on='x_min')"
    assert str(rs.periodic(u, x)) == "periodic(u(t, x), 'x')"


def test_values_become_sympy_expressions() -> None:
    assert rs.dirichlet(w, 1).value == sp.Integer(1)
    assert rs.dirichlet(w, 0.5).value == sp.Float(0.5)


def test_an_integral_may_be_of_an_expression() -> None:
    condition = rs.integral(v**2 * x, 3)
    assert condition.expression((x, y)) == v**2 * x
    assert condition.value == 3


def test_normals_are_named_after_the_axes() -> None:
    assert [str(item) for item in normal((x, y))] == ["normal_x", "normal_y"]


def test_the_text_of_a_hostile_value_is_not_run() -> None:
    with pytest.raises(ConditionError, match="Text is read only from problem files"):
        rs.dirichlet(w, "__import__('os').system('false')")


def test_the_text_of_a_hostile_flux_is_not_run() -> None:
    ran: list[int] = []
    sp.core.sympify.flux_ran = ran
    with pytest.raises(ValueError):
        rs.flux("__import__('sympy').core.sympify.flux_ran.append(1)", 0)
    assert not ran
