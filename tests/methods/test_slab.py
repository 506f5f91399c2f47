"""What a slab begins from."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import in_double_precision
from residuum.discretise.spectral import GridField
from residuum.fields import AtTime
from residuum.geometry import Box, Disc
from residuum.methods._slab import ended, kept_aside, softened
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    initial,
    laplacian,
    periodic,
    space,
    time,
    unknown,
)

t = time("t")
x, y = space("x", "y")
u, v = unknown("u", t, x), unknown("v", t, x, y)


def ring(start: sp.Expr) -> Problem:
    conditions = [initial(u, start), periodic(u, "x")]
    return Problem(Box(t=(0, 1), x=(-1, 1)), Eq(u.diff(t), u.diff(x, 2)), conditions)


@in_double_precision
def test_states_are_kept_at_nodes_or_refer_to_the_field() -> None:
    wave = ExpressionField((sp.exp(sp.sin(sp.pi * x) - t),), (t, x))
    state = ended(ring(sp.sin(sp.pi * x)), wave, 0.5, 1.0)
    assert isinstance(state, GridField)
    assert state.values.shape[2] <= 64, "few nodes hold a smooth state"
    assert not [leaf for leaf in jax.tree.leaves(state) if isinstance(leaf, jax.Array)]
    at = jnp.column_stack([jnp.full(5, 0.8), jnp.linspace(-1, 1, 5)])
    still = at.at[:, 0].set(0.5)
    np.testing.assert_allclose(state(at), wave(still), atol=1e-13)
    disc = Problem(
        Disc((0, 0), 1).over(t=(0, 1)),
        Eq(v.diff(t), laplacian(v)),
        [initial(v, 0), dirichlet(v, 0)],
    )
    assert isinstance(ended(disc, wave, 0.5, 1.0), AtTime)


def test_kinks_at_the_seam_are_left_to_weight() -> None:
    smooth, kinked = ring(sp.sin(sp.pi * x)), ring(x**2 * sp.cos(sp.pi * x))
    assert softened(smooth) is smooth
    assert softened(kinked).conditions[0].jump


@in_double_precision
def test_the_residual_kept_aside_is_that_of_equations_and_weighted_conditions() -> None:
    problem = ring(sp.sin(sp.pi * x))
    exact = ExpressionField((sp.exp(-(sp.pi**2) * t) * sp.sin(sp.pi * x),), problem.coordinates)
    assert kept_aside(problem, exact, 7) < 1e-12
    wrong = ExpressionField((sp.exp(-9 * t) * sp.sin(sp.pi * x),), problem.coordinates)
    assert 1e-3 < kept_aside(problem, wrong, 7) < 1.0
