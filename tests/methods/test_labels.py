"""The statement at labels."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import in_double_precision
from residuum.fields import Transported
from residuum.geometry import Box
from residuum.methods._labels import labelled, transport
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    div,
    grad,
    initial,
    parameter,
    periodic,
    pointwise,
    space,
    time,
    unknown,
)

t = time("t")
x, y = space("x", "y")
u, v = unknown("u", t, x), unknown("v", t, x, y)


def ring(equation: Eq) -> Problem:
    return Problem(
        Box(t=(0, 1), x=(0, 2 * np.pi)), equation, [initial(u, sp.sin(x)), periodic(u, "x")]
    )


def test_speeds_are_read_off_the_statement() -> None:
    c = parameter("c", 3.0)
    burgers = transport(ring(Eq(2 * u.diff(t) + div(u**2), div(0.1 * grad(u)) - c * u)))
    assert not isinstance(burgers, str)
    assert burgers.speeds == (u,)
    assert sp.simplify(burgers.rest - (0.05 * u.diff(x, 2) - 1.5 * u)) == 0
    # A diffusion that varies in space transports down its own slope.
    varied = transport(ring(Eq(u.diff(t) + 5 * u.diff(x), div((2 + sp.sin(x)) * grad(u)))))
    assert not isinstance(varied, str) and sp.simplify(varied.speeds[0] - (5 - sp.cos(x))) == 0


@in_double_precision
def test_the_residual_at_labels_is_that_in_space() -> None:
    """Both statements have the same residual on any map, Jacobian and all."""
    speed = sp.Matrix([1 + sp.sin(y) / 2, sp.cos(x)])
    equation = Eq(
        v.diff(t) + speed[0] * v.diff(x) + speed[1] * v.diff(y),
        v.diff(x, 2) / 5 + v.diff(x, y) / 7 + v.diff(y, 2) / 3 + v**2,
    )
    box = Box(t=(0, 1), x=(0, 2 * np.pi), y=(0, 2 * np.pi))
    conditions = [initial(v, sp.sin(x)), periodic(v, "x"), periodic(v, "y")]
    problem = Problem(box, equation, conditions)
    found = transport(problem)
    assert not isinstance(found, str)
    labels = labelled(problem, found)
    assert sorted((*labels.shifts, labels.state)) == [0, 1, 2]
    parts = {
        labels.shifts[0]: t * sp.sin(x + y) / 3,
        labels.shifts[1]: t * sp.cos(x) / 4,
        labels.state: sp.sin(x) * sp.cos(y) * sp.exp(-t),
    }
    inner = ExpressionField(tuple(parts[j] for j in range(3)), problem.coordinates)
    outer = Transported(inner, labels.state, labels.shifts, np.full(2, -1.0), np.full(2, 1.0))
    at = jnp.asarray(np.random.default_rng(43).uniform(0.2, 0.8, (9, 3)))
    moved = at.at[:, 1:].add(inner(at)[:, jnp.asarray(labels.shifts)])
    # ∂U/∂t at a label is u_t + (∂d/∂t)·∇u in space, so the two residuals differ by the misfit of
    # the speeds times the slopes.
    mine = [pointwise(labels.problem, r) for r in labels.problem.residuals]
    jet = inner.jet(at, tuple({i for p in mine for i in p.indices}))
    gaps = [p(at, {(j, k): jet.derivative(k)[:, j] for j, k in p.slots}) for p in mine]
    theirs = pointwise(problem, problem.residuals[0])
    known = outer.jet(moved, (*theirs.indices, (0, 1, 0), (0, 0, 1)))
    gap = theirs(moved, {(j, k): known.derivative(k)[:, j] for j, k in theirs.slots})
    slopes = [known.derivative(k)[:, 0] for k in ((0, 1, 0), (0, 0, 1))]
    expected = gap + sum(g * s for g, s in zip(gaps[:2], slopes, strict=True))
    np.testing.assert_allclose(gaps[2], expected, atol=1e-12)
