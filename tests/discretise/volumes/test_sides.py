"""Tests of boundary conditions behind faces."""

from __future__ import annotations

import warnings

import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.discretise.volumes import Sides, cells_of
from residuum.discretise.volumes._sides import refuse_sides
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    WellPosednessWarning,
    dirichlet,
    div,
    initial,
    neumann,
    parameter,
    periodic,
    robin,
    unknown,
    vector,
)

from ._laws import read, t, x, y

h, q, r = unknown("h", "q", "r", t, x, y)


def basin(*conditions: object) -> Problem:
    """Linear waves on the unit square."""
    with warnings.catch_warnings():
        # Two walls give a momentum at both ends: right for a system, doubted for a scalar.
        warnings.simplefilter("ignore", WellPosednessWarning)
        return Problem(
            Box(t=(0, 1), x=(0, 1), y=(0, 1)),
            [
                Eq(h.diff(t) + div(vector(q, r))),
                Eq(q.diff(t) + div(vector(h, 0))),
                Eq(r.diff(t) + div(vector(0, h))),
            ],
            [*(initial(u, 0, jump=True) for u in (h, q, r)), *conditions],  # type: ignore[list-item]
        )


INNER = jnp.asarray(np.arange(12.0).reshape(3, 4) + 1)


def sides(*conditions: object) -> Sides:
    problem = basin(*conditions)
    law = read(problem)
    return Sides(law, cells_of(problem, 4), (h,))


@in_double_precision
def test_nothing_goes_on_outside() -> None:
    found = sides()
    for rule in (found.ghost, found.outer):
        np.testing.assert_array_equal(rule((0, False), INNER, jnp.asarray(0.0), {}), INNER)


@in_double_precision
def test_a_wall_mirrors_the_normal_momentum() -> None:
    found = sides(dirichlet(q, 0, on="x_max"))
    mirrored = INNER * jnp.asarray([1.0, -1.0, 1.0])[:, None]
    for rule in (found.ghost, found.outer):
        np.testing.assert_array_equal(rule((0, True), INNER, jnp.asarray(0.0), {}), mirrored)
    np.testing.assert_array_equal(found.outer((0, False), INNER, jnp.asarray(0.0), {}), INNER)


@in_double_precision
def test_an_inflow_is_as_given() -> None:
    a = parameter("a", 2.0)
    given = [dirichlet(u, v, on="x_min", jump=True) for u, v in ((h, a * y), (q, t), (r, 3))]
    found = sides(*given)
    assert found.full((0, False)) and not found.full((1, False))
    state = found.outer((0, False), INNER, jnp.asarray(0.5), {"a": 4.0})
    np.testing.assert_allclose(state[0], 4 * np.array([0.125, 0.375, 0.625, 0.875]), rtol=1e-15)
    np.testing.assert_array_equal(state[1:], np.array([[0.5] * 4, [3.0] * 4]))
    ghost = found.ghost((0, False), INNER, jnp.asarray(0.5), {"a": 4.0})
    np.testing.assert_allclose((ghost + INNER) / 2, state, rtol=1e-15)


@in_double_precision
def test_what_stays_positive_is_not_mirrored() -> None:
    found = sides(dirichlet(h, 1, on="y_min", jump=True))
    np.testing.assert_array_equal(found.outer((1, False), INNER, jnp.asarray(0.0), {})[0], 1.0)


@in_double_precision
def test_a_slope_counts_outwards() -> None:
    found = sides(neumann(r, 2, on="y_max"))
    ghost = found.ghost((1, True), INNER, jnp.asarray(0.0), {})
    np.testing.assert_allclose(ghost[2] - INNER[2], 2 * 0.25, rtol=1e-14)
    np.testing.assert_array_equal(ghost[:2], INNER[:2])


def test_what_is_refused() -> None:
    assert "robin" in (refuse_sides(basin(robin(h, 0, on="x_min"))) or "")
    assert "same axes" in (refuse_sides(basin(periodic(h, "x"))) or "")
    assert refuse_sides(basin(*(periodic(u, "x") for u in (h, q, r)))) is None
