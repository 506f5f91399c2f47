"""Marching in eigenvectors: exact solutions, order, boundary data in time, budget."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Result
from residuum.discretise.spectral import ChebyshevAxis, Separable, Slabs, march, separable_of
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    initial_rate,
    laplacian,
    neumann,
    space,
    unknown,
)
from residuum.problem import time as clock
from residuum.problem._places import at_points

t, (x, y) = clock("t"), space("x", "y")


def heated() -> tuple[Separable, sp.Expr]:
    """Return 2 u_t = ∇²u + f with moving values and slopes at the sides, and its solution."""
    u = unknown("u", t, x, y)
    exact = sp.exp(-t) * sp.sin(x + 3 * t) * sp.cos(y)
    source = 2 * exact.diff(t) - exact.diff(x, 2) - exact.diff(y, 2)
    problem = Problem(
        Box(t=(0, 1), x=(0, 1), y=(0, 1)),
        Eq(2 * u.diff(t) - laplacian(u), source),
        [
            initial(u, exact.subs(t, 0)),
            dirichlet(u, exact.subs(x, 0), on="x_min"),
            dirichlet(u, exact.subs(x, 1), on="x_max"),
            neumann(u, -exact.diff(y).subs(y, 0), on="y_min"),
            neumann(u, exact.diff(y).subs(y, 1), on="y_max"),
        ],
    )
    posed = separable_of(problem, [ChebyshevAxis(0.0, 1.0, 16), ChebyshevAxis(0.0, 1.0, 16)])
    assert posed is not None
    return posed, exact


def worst(posed: Separable, found: Slabs, exact: sp.Expr) -> float:
    errors = []
    for k, slab in enumerate(found.values):
        for place, values in zip(found.nodes, slab, strict=True):
            time = found.knots[k] + place * (found.knots[k + 1] - found.knots[k])
            points = np.concatenate(
                [np.full((posed.grid.size, 1), time), posed.grid.points], axis=1
            )
            wanted = at_points(posed.form.problem, exact, points)
            errors.append(np.abs(values.ravel() - wanted).max())
    return float(max(errors))


def test_accuracy_at_every_stage() -> None:
    posed, exact = heated()
    errors = [worst(posed, march(posed, (0.0, 1.0), slabs=n), exact) for n in (2, 4, 8)]
    # Stages are of order five and the last slabs are the longest; eight leave 1.3e-7.
    assert errors[-1] < 1e-6
    assert errors[0] / errors[1] > 2**4
    assert errors[1] / errors[2] > 2**4


def test_second_order_in_time() -> None:
    u = unknown("u", t, x, y)
    exact = sp.cos(5 * t) * sp.sin(3 * x + 1) * sp.cos(4 * y) + t**2 * x
    problem = Problem(
        Box(t=(0, 2), x=(0, 1), y=(0, 1)),
        Eq(u.diff(t, 2), laplacian(u) + 2 * x),
        [
            initial(u, exact.subs(t, 0)),
            initial_rate(u, exact.diff(t).subs(t, 0)),
            dirichlet(u, exact.subs(x, 0), on="x_min"),
            neumann(u, exact.diff(x).subs(x, 1), on="x_max"),
            dirichlet(u, exact.subs(y, 0), on="y_min"),
            dirichlet(u, exact.subs(y, 1), on="y_max"),
        ],
    )
    posed = separable_of(problem, [ChebyshevAxis(0.0, 1.0, 18), ChebyshevAxis(0.0, 1.0, 18)])
    assert posed is not None
    errors = [worst(posed, march(posed, (0.0, 2.0), slabs=n), exact) for n in (16, 32)]
    assert errors[1] < 1e-6
    assert errors[0] / errors[1] > 2**4


def test_watch_stops_with_what_is_done() -> None:
    posed, exact = heated()
    found = march(posed, (0.0, 1.0), slabs=8, watch=lambda time: time < 0.2)
    assert found.result is Result.OUT_OF_BUDGET
    assert 0.2 <= found.knots[-1] < 0.5
    assert worst(posed, found, exact) < 1e-6
