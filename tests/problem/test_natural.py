"""Natural boundary terms: what conditions on the flux put in the place of the outward flux."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from residuum._core import ConditionError
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    dirichlet,
    div,
    flux,
    grad,
    neumann,
    periodic,
    robin,
    unknown,
    vector,
    weak_form,
)
from tests.discretise.elements._posed import SQUARE, v, x, y

n_x, n_y = (sp.Symbol(f"normal_{c}", real=True) for c in (x, y))


def boundary(left: Any, *conditions: Condition) -> dict[str, Any]:
    """Return the boundary terms with the unknown held on the left and the bottom."""
    held = [dirichlet(v, 0, on=part) for part in ("x_min", "y_min")]
    form = weak_form(Problem(SQUARE, Eq(left, 1), [*held, *conditions]))
    return {part: sp.expand(item) for part, item in form.equations[0].boundary.items()}


def test_nothing_is_natural_where_the_unknown_is_held() -> None:
    free = [neumann(v, 0, on=part) for part in ("x_max", "y_max")]
    assert boundary(-div(grad(v)), *free) == {}


def test_a_normal_derivative_is_multiplied_by_the_conductivity() -> None:
    k = 2 + x
    ends = neumann(v, y, on="x_max"), neumann(v, 3, on="y_max")
    found = boundary(-div(k * grad(v)), *ends)
    # -k ∂v/∂n multiplies the test function.
    assert found["x_max"] == sp.expand(-k * y) and found["y_max"] == sp.expand(-3 * k)


def test_a_nonlinear_conductivity_is_kept_at_the_boundary() -> None:
    found = boundary(
        -div((1 + v**2) * grad(v)), neumann(v, 2, on="x_max"), neumann(v, 0, on="y_max")
    )
    assert found == {"x_max": sp.expand(-2 * (1 + v**2))}


def test_robin_is_solved_for_the_slope() -> None:
    ends = robin(v, 5, a=2, b=4, on="x_max"), robin(v, x, a=-1, b=1, on="y_max")
    found = boundary(-div(3 * grad(v)), *ends)
    assert found["x_max"] == sp.expand(-3 * (5 - 2 * v) / 4)
    assert found["y_max"] == sp.expand(-3 * (x + v))


@pytest.mark.parametrize("factor", [1, -1, 3, sp.Rational(1, 2)])
def test_a_multiple_of_the_flux_may_be_given(factor: Any) -> None:
    k = 2 + x
    given = flux([factor * k * v.diff(x), factor * k * v.diff(y)], factor * y, on="x_max")
    found = boundary(-div(k * grad(v)), given, neumann(v, 0, on="y_max"))
    assert found["x_max"] == -y


def test_the_gradient_alone_may_be_given_for_a_varying_conductivity() -> None:
    k = 2 + x
    found = boundary(-div(k * grad(v)), flux(grad(v), y, on="x_max"), neumann(v, 0, on="y_max"))
    assert found["x_max"] == sp.expand(-k * y)


def test_what_is_carried_out_is_kept_beside_a_given_slope() -> None:
    carried = div(vector(v**2, x * v) - grad(v))
    found = boundary(carried, neumann(v, 7, on="x_max"), neumann(v, 0, on="y_max"))
    assert found["x_max"] == sp.expand(-7 + n_x * v**2 + n_y * x * v)
    assert found["y_max"] == sp.expand(n_x * v**2 + n_y * x * v)


def test_the_whole_flux_leaves_nothing_over() -> None:
    whole = vector(v**2, x * v) - grad(v)
    found = boundary(div(whole), flux(whole, 0, on="x_max"), flux(-whole, 2, on="y_max"))
    assert found == {"y_max": -2}


@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
def test_a_side_without_a_condition_lets_no_gradient_through() -> None:
    found = boundary(div(vector(v, 0) - grad(v)), neumann(v, 1, on="x_max"))
    assert found["y_max"] == n_x * v


def test_a_slope_where_the_flux_turns_aside_is_refused() -> None:
    turned = [2 * v.diff(x) + v.diff(y), 2 * v.diff(y)]
    with pytest.raises(ConditionError, match="flux"):
        boundary(-div(turned), neumann(v, 0, on="x_max"), neumann(v, 0, on="y_max"))
    found = boundary(-div(turned), flux(turned, x, on="x_max"), flux(turned, 0, on="y_max"))
    assert found == {"x_max": -x}


def test_a_periodic_side_is_no_boundary() -> None:
    conditions = [periodic(v, "x"), neumann(v, 2, on="y_max"), dirichlet(v, 0, on="y_min")]
    form = weak_form(Problem(SQUARE, Eq(-div(grad(v)), 1), conditions))
    assert form.equations[0].boundary == {"y_max": -2}


def test_a_flux_is_put_into_its_own_equation_only() -> None:
    a, b = unknown("a", "b", x, y)
    conditions = [dirichlet(u, 0, on=part) for u in (a, b) for part in ("x_min", "y_min", "y_max")]
    conditions += [flux(2 * grad(a), 5, on="x_max"), flux(3 * grad(b), 7, on="x_max")]
    equations = [Eq(-div(2 * grad(a)), b), Eq(-div(3 * grad(b)), a)]
    form = weak_form(Problem(SQUARE, equations, conditions))
    assert [item.boundary for item in form.equations] == [{"x_max": -5}, {"x_max": -7}]
