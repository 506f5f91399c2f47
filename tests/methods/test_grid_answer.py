"""Members on the grid of an operator, and answers on it as fields."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import DataError, Result
from residuum.datasets import Layout
from residuum.methods._grid_answer import field_of, inputs_of
from tests.operators._families import NODES, PLACES, rod, rods

t = rs.time("t")
x, y = rs.space("x", "y")
CIRCLE, TIMES = np.arange(16) / 16, np.linspace(0.1, 1, 10)


def ring(start: Any, **more: Any) -> rs.Problem:
    u, a, nu = rs.unknown("u", t, x), rs.coefficient("a", x), rs.parameter("nu", 0.1)
    return rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t), nu * u.diff(x, 2)),
        [rs.initial(u, a), rs.periodic(u, x)],
        given={a: start, **more},
    )


RING = Layout((CIRCLE,), ("wrap",), ("a", "nu"), ("u",), TIMES)


@pytest.mark.parametrize(
    "start",
    [
        sp.sin(2 * sp.pi * x),
        lambda places: jnp.sin(2 * jnp.pi * places),
        ((np.linspace(0, 1, 17),), np.sin(2 * np.pi * np.linspace(0, 1, 17))),
    ],
    ids=["expression", "function", "table"],
)
def test_values_of_every_kind_are_read_at_the_nodes(start: Any) -> None:
    found = inputs_of(ring(start, nu=0.2), RING)
    np.testing.assert_allclose(found[:, 0], np.sin(2 * np.pi * CIRCLE), atol=1e-12)
    assert (found[:, 1] == 0.2).all()
    assert (inputs_of(ring(start), RING)[:, 1] == 0.1).all(), "the declared value"


def test_a_coefficient_of_one_axis_is_constant_along_the_other() -> None:
    u, a = rs.unknown("u", x, y), rs.coefficient("a", y)
    problem = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)),
        rs.Eq(-rs.laplacian(u), a),
        [rs.dirichlet(u, 0)],
        given={a: y**2},
    )
    layout = Layout((PLACES, PLACES[::2]), ("zero", "zero"), ("a",), ("u",))
    found = inputs_of(problem, layout)
    np.testing.assert_allclose(found[..., 0], np.broadcast_to(PLACES[::2] ** 2, (17, 9)))


def test_names_that_are_not_there_are_refused() -> None:
    with pytest.raises(DataError, match="coefficient or parameter b"):
        inputs_of(ring(1.0), Layout((CIRCLE,), ("wrap",), ("b",), ("u",), TIMES))


def test_boundary_values_are_met_exactly_whatever_the_operator_gives() -> None:
    noise = np.random.default_rng(3).normal(size=(NODES, 1))
    problem = rod(np.ones(NODES))
    field = field_of(problem, rods().layout, noise)
    answer = rs.Solution(problem, field, Result.SUCCESSFUL)
    assert abs(answer(x=0.0)) <= 1e-15 and abs(answer(x=1.0) - 0.5) <= 1e-15
    np.testing.assert_allclose(answer(x=PLACES[1:-1]), noise[1:-1, 0], atol=1e-12)


def test_curved_boundary_values_are_met_between_the_nodes_too() -> None:
    u = rs.unknown("u", x, y)
    data = sp.exp(x) * sp.sin(3 * y)
    problem = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.laplacian(u), 1), [rs.dirichlet(u, data)]
    )
    layout = Layout((PLACES, PLACES), ("zero", "zero"), (), ("u",))
    noise = np.random.default_rng(3).normal(size=(NODES, NODES, 1))
    answer = rs.Solution(problem, field_of(problem, layout, noise), Result.SUCCESSFUL)
    edge = problem.domain.sample_boundary(100, key=5)
    gap = answer.at(edge)[:, 0] - np.exp(edge[:, 0]) * np.sin(3 * edge[:, 1])
    assert np.abs(gap).max() < 1e-12


def test_initial_values_are_put_in_front_of_moments_that_leave_them_out() -> None:
    problem = ring(sp.sin(2 * sp.pi * x))
    wave = np.sin(2 * np.pi * CIRCLE)
    decay = np.exp(-0.1 * 4 * np.pi**2 * TIMES)
    field = field_of(problem, RING, (decay[:, None] * wave)[..., None])
    answer = rs.Solution(problem, field, Result.SUCCESSFUL)
    # Splines of degree five through sixteen nodes: (1/16)^6 of the sixth derivative.
    np.testing.assert_allclose(answer(t=0.0, x=CIRCLE), wave, atol=1e-12)
    places = np.linspace(0, 1, 33)
    exact = np.exp(-0.1 * 4 * np.pi**2 * 0.37) * np.sin(2 * np.pi * places)
    np.testing.assert_allclose(answer(t=0.37, x=places), exact, atol=1e-3)
