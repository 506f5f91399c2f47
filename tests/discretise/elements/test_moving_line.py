"""Linear elements on moving nodes: what is linear in space stays so, however nodes move."""

from __future__ import annotations

import numpy as np

import residuum as rs
from residuum._core import in_double_precision
from residuum.discretise.elements._moving_line import MovingLine
from residuum.problem import weak_form

t = rs.time("t")
x = rs.space("x")
u = rs.unknown("u", t, x)


def line(cells: int = 12) -> MovingLine:
    """u_t + u_x = 0.1 u_xx, with u = 1 + x - t at the ends: u = 1 + x - t is the answer."""
    problem = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 2)),
        rs.Eq(u.diff(t) + u.diff(x), rs.div(0.1 * rs.grad(u))),
        [rs.initial(u, 1 + x), rs.dirichlet(u, 1 - t, on="x_min"), rs.neumann(u, 1, on="x_max")],
    )
    return MovingLine(problem, weak_form(problem), cells)


@in_double_precision
def test_linear_answers_are_exact_on_moving_nodes() -> None:
    own = line()
    chance = np.random.default_rng(5)
    inner = np.sort(chance.uniform(0.05, 1.95, 11))
    nodes = np.concatenate([[0.0], inner, [2.0]])
    speed = np.concatenate([[0.0], chance.standard_normal(11), [0.0]])
    state = own.numbered((1 + nodes - 0.3)[:, None])
    # A node sees u_t + ẋ u_x = -1 + ẋ.
    rate = own.numbered((speed - 1)[:, None])
    rest = own.residual(0.3, nodes, speed, state, rate)
    np.testing.assert_allclose(rest[own.system.free], 0.0, atol=1e-13)
    still = own.residual(0.3, nodes, 0 * speed, state, rate)
    assert np.abs(still[own.system.free]).max() > 0.01


@in_double_precision
def test_numbers_and_nodes_are_two_orders_of_the_same() -> None:
    own = line()
    values = np.random.default_rng(5).standard_normal((13, 1))
    np.testing.assert_array_equal(own.ordered(own.numbered(values)), values)
    np.testing.assert_allclose(own.initial(own.start)[:, 0], 1 + own.start)
