"""Problems begun from a field."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, in_double_precision
from residuum.fields import MLP, AtTime, constrain, frame_of
from residuum.problem import ExpressionField, hard_conditions, over, restarted, scaling

t, x = rs.time("t"), rs.space("x")
u = rs.unknown("u", t, x)
q = rs.unknown("q", t)
WAVE = sp.sin(sp.pi * x) * sp.cos(t) + t * x


def problem(second: bool = False) -> rs.Problem:
    equation = rs.Eq(u.diff(t, 1 + second), u.diff(x, 2))
    conditions: list[Any] = [rs.initial(u, sp.sin(sp.pi * x)), rs.dirichlet(u, t, on="x_max")]
    conditions.append(rs.dirichlet(u, 0, on="x_min"))
    if second:
        conditions.append(rs.initial_rate(u, x))
    return rs.Problem(rs.Box(t=(0, 2), x=(0, 1)), equation, conditions)


@pytest.mark.parametrize("second", [False, True])
@in_double_precision
def test_the_ansatz_begins_from_the_field_and_keeps_the_boundary(second: bool) -> None:
    whole = problem(second)
    wave = ExpressionField((WAVE,), whole.coordinates)
    held = AtTime(wave, np.asarray(0.5), second)
    later = restarted(whole, held, (0.5, 0.75))
    assert later.interval == (0.5, 0.75)
    sizes, hard = scaling(later), hard_conditions(later)
    assert not hard.weighted
    field = constrain(MLP(5, 1).build(frame_of(later, sizes), 7), later, hard, sizes)
    places = np.linspace(0, 1, 7)
    start = jnp.asarray(np.column_stack([np.full(7, 0.5), places]))
    jet = field.jet(start, [(1, 2)])
    exact = wave.jet(start, [(1, 2)])
    # Exact by construction: rounding alone is left, in the second derivative as well.
    for index in [(0, 0), (0, 2), *([(1, 0), (1, 2)] if second else [])]:
        np.testing.assert_allclose(jet.derivative(index), exact.derivative(index), atol=1e-12)
    if not second:
        assert float(jnp.abs(jet.derivative((1, 0)) - exact.derivative((1, 0))).max()) > 1e-3
    side = jnp.asarray(np.column_stack([np.linspace(0.5, 0.75, 7), np.ones(7)]))
    np.testing.assert_allclose(field(side)[:, 0], side[:, 0], atol=1e-14)


@in_double_precision
def test_ordinary_equations_restart_from_numbers() -> None:
    swing = rs.Problem(rs.Box(t=(0, 2)), rs.Eq(q.diff(t), -q), [rs.initial(q, 1)])
    later = restarted(swing, ExpressionField((sp.exp(-t),), swing.coordinates), (1.0, 2.0))
    assert float(later.initial_value(q) or 0) == pytest.approx(np.exp(-1), rel=1e-14)


def test_shapes_in_space_stay() -> None:
    v = rs.unknown("v", t, x, rs.space("y"))
    disc = rs.Disc((0, 0), 1).over(t=(0, 2))
    heat = rs.Problem(
        disc, rs.Eq(v.diff(t), rs.laplacian(v)), [rs.initial(v, 0), rs.dirichlet(v, 0)]
    )
    found = over(heat, (1.0, 2.0))
    np.testing.assert_array_equal(found.bounds, [[1, 2], [-1, 1], [-1, 1]])


def test_a_steady_problem_does_not_restart() -> None:
    w = rs.unknown("w", x)
    bar = rs.Problem(rs.Box(x=(0, 1)), rs.Eq(-w.diff(x, 2), 1), [rs.dirichlet(w, 0)])
    with pytest.raises(OptionError, match="in time"):
        restarted(bar, ExpressionField((x,), bar.coordinates), (0.0, 1.0))
