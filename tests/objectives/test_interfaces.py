"""Conditions on the edges of patches: where each vanishes, and that it is its formula."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import LinearField, OptionError, double_precision, in_double_precision
from residuum.fields import MLP, FiniteBasis, RandomTanh, frame_of
from residuum.geometry import Box
from residuum.learning import residuals
from residuum.objectives import Inferred, Interface, InterfaceRows, Interfaces
from residuum.objectives._interfaces import below_and_above, flux_along, needed
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    laplacian,
    periodic,
    scaling,
    space,
    time,
    unknown,
)

t = time("t")
x, y = space("x", "y")
u = unknown("u", t, x)
w = unknown("w", x, y)
SPLIT = (2, 2)


def burgers() -> Problem:
    return Problem(
        Box(t=(0, 1), x=(-1, 1)),
        Eq(u.diff(t) + div(u**2 / 2), div((2 + x) * grad(u)) / 50),
        [initial(u, sp.sin(sp.pi * x)), dirichlet(u, 0)],
    )


def rows_of(conditions: tuple[Interface, ...] | None, problem: Problem) -> list[InterfaceRows]:
    return Interfaces(SPLIT, conditions, 5, 1.0).rows(problem, scaling(problem), (), 7)


def field_of(problem: Problem, overlap: float = 0.0) -> LinearField:
    recipe = FiniteBasis(RandomTanh(8), SPLIT, overlap)
    field = recipe.build(frame_of(problem, scaling(problem)), 7)
    head = np.random.default_rng(3).normal(size=field.head.shape)
    return field.with_head(jnp.asarray(head))


JUMPS = {
    Interface.SOLUTION: lambda v: v[0, 0],
    Interface.NORMAL: lambda v: v[0, 1],
    Interface.CURVATURE: lambda v: v[0, 2],
    Interface.TANGENTIAL: lambda v: v[2, 0],
}


@pytest.mark.parametrize("item", JUMPS)
@in_double_precision
def test_jumps_are_differences_of_derivatives_of_two_patches(item: Interface) -> None:
    problem = burgers()
    field = field_of(problem)
    rows = rows_of((item,), problem)[1]  # across x
    sides = []
    for side in below_and_above(field, 1):
        jet = side.jet(rows.points, [(2, 0), (0, 2)])
        sides.append(JUMPS[item]({k: jet.derivative(k)[:, 0] for k in jet.indices}))
    expected = (sides[0] - sides[1]) * np.asarray(rows.factor)
    assert float(jnp.abs(expected).max()) > 1e-3
    np.testing.assert_allclose(rows.residual(field), expected, rtol=1e-12)


@in_double_precision
def test_residuals_of_both_sides_and_their_difference() -> None:
    problem = burgers()
    field = field_of(problem)
    both = rows_of((Interface.RESIDUAL,), problem)[1].residual(field).reshape(2, -1)
    gap = rows_of((Interface.CONTINUITY,), problem)[1].residual(field)
    np.testing.assert_allclose(gap, both[0] - both[1], rtol=1e-10)
    half = rows_of((Interface.AVERAGE,), problem)[1].residual(field).reshape(2, -1)
    jump = rows_of((Interface.SOLUTION,), problem)[1].residual(field)
    np.testing.assert_allclose(half, [jump / 2, -jump / 2], rtol=1e-10)


@in_double_precision
def test_a_smooth_field_has_no_jumps() -> None:
    problem = burgers()
    field = field_of(problem, overlap=0.5)
    jumps = tuple(item for item in Interface if item.name not in ("RESIDUAL", "GRADIENT"))
    found = [rows.residual(field) for rows in rows_of(jumps, problem)]
    assert max(float(jnp.abs(item).max()) for item in found) < 1e-10


@in_double_precision
def test_the_linearisation_is_that_of_automatic_differentiation() -> None:
    import jax

    problem = burgers()
    field = field_of(problem)
    for rows in rows_of(tuple(Interface), problem):
        found, matrix = rows.linearised(field)
        shape = field.head.shape

        def of_head(
            head: jnp.ndarray, rows: InterfaceRows = rows, shape: tuple[int, ...] = shape
        ) -> jnp.ndarray:
            return rows.residual(field.with_head(head.reshape(shape)))

        expected = jax.jacfwd(of_head)(field.head.ravel())
        size = float(jnp.abs(expected).max())
        np.testing.assert_allclose(found, rows.residual(field), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(matrix, expected, rtol=0, atol=1e-12 * size)


@pytest.mark.parametrize(
    ("equation", "axis", "expected"),
    [
        (Eq(u.diff(t) + div(u**2 / 2), div(3 * grad(u))), 1, u**2 / 2 - 3 * u.diff(x)),
        (Eq(u.diff(t) + div(u**2 / 2), div(3 * grad(u))), 0, u),
        (Eq(u.diff(t) + 5 * u.diff(x)), 1, 5 * u),
        (Eq(u.diff(t), -u.diff(x, 3)), 1, u.diff(x, 2)),
        (Eq(u.diff(t), 2 * laplacian(u)), 1, -2 * u.diff(x)),
    ],
)
def test_fluxes(equation: Eq, axis: int, expected: sp.Expr) -> None:
    problem = Problem(
        Box(t=(0, 1), x=(0, 1)), equation, [initial(u, sp.sin(2 * sp.pi * x)), periodic(u, x)]
    )
    assert sp.simplify(flux_along(problem, 0, axis) - expected) == 0


def test_the_order_of_the_equations_says_what_couples() -> None:
    problem = burgers()
    assert needed(problem, 0) == (Interface.SOLUTION,)
    assert needed(problem, 1) == (Interface.SOLUTION, Interface.FLUX)


@in_double_precision
def test_periodic_axes_meet_at_their_ends() -> None:
    problem = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t) + u.diff(x)),
        [initial(u, sp.sin(2 * sp.pi * x)), periodic(u, x)],
    )
    open_rows, closed_rows = (
        Interfaces((1, 3), None, 4).rows(problem, scaling(problem), axes, 7) for axes in ((), (1,))
    )
    assert [rows.count for rows in open_rows] == [2 * 4]
    assert [rows.count for rows in closed_rows] == [3 * 4]


def test_rows_serve_every_rule() -> None:
    """Interface rows are never cut apart, and rules that differentiate see the same residual."""
    problem = burgers()
    with double_precision():
        recipe = FiniteBasis(MLP(3, 1), SPLIT, 0.0)
        field = recipe.build(frame_of(problem, scaling(problem)), 7)
        rows = rows_of(None, problem)
        nothing = Inferred({}, (), ())
        found = residuals((field, nothing), rows)
        assert found.shape == (sum(item.count for item in rows),)
        assert all(item.groups == len(item.points) for item in rows)


@pytest.mark.parametrize("wrong", [{"points": 0}, {"weight": 0.0}, {"conditions": ("flux",)}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Interfaces(SPLIT, **wrong)  # type: ignore[arg-type]
