"""Finite volumes: order two in the mean for smooth answers."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, periodic, unknown, vector
from tests.convergence._orders import orders
from tests.discretise.volumes._laws import advection, march, t, x, y


def test_advection_on_a_ring() -> None:
    values = []
    with double_precision():
        for n in (64, 128, 256):
            states = march(advection(2 + sp.sin(2 * sp.pi * x)), n).run(outputs=8).states
            values.append(float(np.abs(states[-1] - states[0]).mean()))
    # Slopes are cut at the two extrema, which costs a little of the order.
    assert (orders(values) > 1.75).all(), values


def test_advection_on_a_torus() -> None:
    u = unknown("u", t, x, y)
    start = 2 + sp.sin(2 * sp.pi * x) * sp.cos(2 * sp.pi * y)
    problem = Problem(
        Box(t=(0, 1), x=(0, 1), y=(0, 1)),
        Eq(u.diff(t) + div(vector(u, u)), 0),
        [initial(u, start), periodic(u, "x"), periodic(u, "y")],
    )
    values = []
    with double_precision():
        for n in (32, 64, 128):
            states = march(problem, (n, n)).run(outputs=2).states
            values.append(float(np.abs(states[-1] - states[0]).mean()))
    assert (orders(values) > 1.6).all(), values
