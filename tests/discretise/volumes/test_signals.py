"""Tests of speeds, diffusivities and rates at states."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import in_double_precision
from residuum.discretise.volumes import Signals, law_of
from residuum.discretise.volumes._law import ConservationLaw
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, grad, initial, periodic, space, time, unknown, vector

from ._laws import burgers, gas, read

t = time("t")
x, y = space("x", "y")


def signals_of(problem: Problem) -> Signals:
    law = law_of(problem)
    assert isinstance(law, ConservationLaw)
    return Signals(law)


@in_double_precision
def test_speeds_of_a_gas() -> None:
    signals = Signals(read(gas((1, 0, 1), (0.125, 0, 0.1), 0.5, 0.2)))
    # rho 2, velocity 3, pressure 5: the sound speed is sqrt(1.4 · 5 / 2).
    state, points = jnp.asarray([[2.0], [6.0], [5 / 0.4 + 9.0]]), jnp.zeros((1, 2))
    low, high = signals.speeds(0, points, state, {"gamma": 1.4})
    np.testing.assert_allclose([low[0], high[0]], 3 + np.array([-1, 1]) * np.sqrt(3.5), rtol=1e-14)
    assert signals.exact and signals.unreal(np.zeros((1, 2)), np.asarray(state)) is None
    cold = np.array([[2.0], [6.0], [8.0]])
    assert "not real at t = 0, x = 0" in (signals.unreal(np.zeros((1, 2)), cold) or "")
    much = signals.rates(np.zeros((1, 2)), np.asarray(state), (0.1,))
    assert much == pytest.approx(10 * (3 + np.sqrt(3.5)))


@in_double_precision
def test_a_flux_neither_convex_nor_concave_is_looked_at_between() -> None:
    u = unknown("u", t, x)
    lever = signals_of(
        Problem(
            Box(t=(0, 1), x=(0, 1)),
            Eq(u.diff(t) + div(u**2 / (u**2 + (1 - u) ** 2))),
            [initial(u, 0), periodic(u, "x")],
        )
    )
    points, pair = jnp.zeros((1, 2)), [jnp.zeros((1, 1)), jnp.ones((1, 1))]
    # The slope is zero at both ends and 2 half way.
    low, high = lever.across(0, points, pair, {})
    assert float(low[0]) == 0.0 and float(high[0]) == pytest.approx(2.0)
    low, high = Signals(read(burgers(1, 0.1))).across(0, points, pair, {})
    assert (float(low[0]), float(high[0])) == (0.0, 1.0)


@in_double_precision
def test_diffusivities() -> None:
    u, v = unknown("u", "v", t, x, y)
    # Cross diffusion with the matrix [[2, 1], [1, 2]]: the larger eigenvalue is 3.
    spread = signals_of(
        Problem(
            Box(t=(0, 1), x=(0, 1), y=(0, 1)),
            [
                Eq(u.diff(t), div(2 * grad(u) + grad(v))),
                Eq(v.diff(t), div(grad(u) + 2 * grad(v)) + div(vector(u**2 * v.diff(y), 0))),
            ],
            [c for a in (u, v) for c in (initial(a, 0), periodic(a, "x"), periodic(a, "y"))],
        )
    )
    tops = [part.expression if part is not None else None for part in spread.diffusion]
    assert [sp.simplify(top) for top in tops] == [3, 3]
    assert Signals(read(burgers(1, 0.1))).diffusion == [None]


@in_double_precision
def test_reaction_rates_bound_the_eigenvalues() -> None:
    u, v = unknown("u", "v", t, x)
    problem = Problem(
        Box(t=(0, 1), x=(0, 1)),
        [Eq(u.diff(t) + div(u), 7 * v - u), Eq(v.diff(t) + div(v), -7 * u - v)],
        [c for a in (u, v) for c in (initial(a, 0), periodic(a, "x"))],
    )
    points, state = jnp.zeros((1, 2)), jnp.zeros((2, 1))
    rate = float(signals_of(problem).reaction_rate(points, state, {})[0])
    # -1 ± 7i of size sqrt(50); Fujiwara's bound is at most 2n times the largest.
    assert np.sqrt(50) <= rate <= 4 * np.sqrt(50)
    w = unknown("w", t, x)
    decay = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(w.diff(t) + div(w), -3 * w),
        [initial(w, 0), periodic(w, "x")],
    )
    assert float(signals_of(decay).reaction_rate(points, state[:1], {})[0]) == 3.0
