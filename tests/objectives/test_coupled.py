"""The residual with the jumps on edges: both are minimised, both are judged."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import in_double_precision
from residuum.fields import FiniteBasis, RandomTanh, frame_of
from residuum.geometry import Box
from residuum.objectives import Coupled, Inferred, InterfaceRows, Interfaces, ResidualAdaptive
from residuum.problem import Eq, Problem, dirichlet, scaling, space, unknown

x = space("x")
u = unknown("u", x)


@in_double_precision
def test_jumps_are_rows_and_count_in_what_is_judged() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(u.diff(x, 2), sp.sin(x)), [dirichlet(u, 0)])
    sizes = scaling(problem)
    field = FiniteBasis(RandomTanh(4), (3,), 0.0).build(frame_of(problem, sizes), 7)
    field = field.with_head(jnp.asarray(np.random.default_rng(3).normal(size=field.head.shape)))
    points = ResidualAdaptive(count=50, pool=200)
    trained = (field, Inferred({}, (), ()))
    alone = points.draw(problem, sizes, trained, 7, 0)[1]
    rows, held = Coupled(Interfaces((3,))).draw(problem, sizes, points, trained, 7, 0)
    assert [type(item) is InterfaceRows for item in rows] == [False, True]
    # Two edges, u and flux on each.
    assert rows[1].count == 4
    jumps = float(jnp.linalg.norm(rows[1].residual(field)))
    np.testing.assert_allclose(held, np.hypot(alone, jumps / 10), rtol=1e-12)
