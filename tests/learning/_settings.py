"""Small problems that the tests of learning rules share."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from residuum._core import LinearField
from residuum.fields import Architecture, TensorChebyshev, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import Trainable, misfit
from residuum.objectives import Collocation, Inferred, Rows, inferred
from residuum.problem import (
    Eq,
    Problem,
    div,
    grad,
    hard_conditions,
    initial,
    integral,
    neumann,
    observe,
    parameter,
    scaling,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
s = unknown("s", t)
u = unknown("u", t, x)
D = parameter("D", 0.7, bounds=(0.1, 2.0))

NOTHING = Inferred({}, (), ())


def decay(order: int = 2) -> Problem:
    """s' = -s², s(0) = 1: the solution is 1/(1 + t)."""
    return Problem(Box(t=(0, 1)), Eq(s.diff(t), -(s**order)), [initial(s, 1)])


def burgers() -> Problem:
    """Every kind of row: equation, slopes at the ends, a mean, measurements; D is inferred."""
    return Problem(
        Box(t=(0, 2), x=(-1, 1)),
        Eq(u.diff(t) + div(u**2 / 2), div(D * grad(u))),
        [initial(u, 1 - x**2), neumann(u, 0), integral(u, 1)],
        observations=[observe(u, [0.5, 0.2], at={"t": [1.0, 1.5], "x": [0.1, -0.3]})],
    )


def pair() -> Problem:
    """Two unknowns in two equations."""
    a, b = unknown("a", "b", t)
    equations = [Eq(a.diff(t), -b), Eq(b.diff(t), a * b)]
    return Problem(Box(t=(0, 1)), equations, [initial(a, 1), initial(b, 2)])


def setting(
    problem: Problem,
    recipe: Architecture | None = None,
    *,
    points: int = 12,
    enforce: bool = True,
) -> tuple[tuple[LinearField, Inferred], list[Rows]]:
    """Return a field of random weights, inside the hard conditions if wanted, and the rows."""
    sizes, hard = scaling(problem), hard_conditions(problem, enforce)
    free = (recipe or TensorChebyshev(5)).build(frame_of(problem, sizes), 5)
    head = 0.3 * np.random.default_rng(101).normal(size=free.head.shape)
    field = constrain(free.with_head(jnp.asarray(head)), problem, hard, sizes)
    inside, around = Collocation(points, 4).build(problem, sizes, hard, 7)
    return (field, inferred(problem)), [*inside, *around]


def left(trained: Trainable, rows: list[Rows]) -> float:
    """Root of the sum of squares that a trained field leaves."""
    field = trained[0]
    assert isinstance(field, LinearField)
    return misfit(field, rows)


def error_of_decay(field: Any) -> float:
    """Largest error of a field against 1/(1 + t)."""
    times = np.linspace(0, 1, 21)[:, None]
    return float(np.abs(np.asarray(field(jnp.asarray(times))) - 1 / (1 + times)).max())
