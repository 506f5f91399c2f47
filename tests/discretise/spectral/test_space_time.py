"""An evolution as one system: exact solutions, its linear inverse, its slope, its slabs."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import ProblemError, double_precision
from residuum.discretise.spectral import SpaceTime, periodic_axes
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, laplacian, unknown

from ._flows import TURN, around, klein_gordon, t, u_of, velocity, vorticity, x, y

KNOTS = np.array([0.0, 0.2, 0.5, 1.0])


def exact_values(form: SpaceTime, problem: Problem, exact: dict[str, Any]) -> np.ndarray:
    lines = [form.times.ravel(), *(axis.nodes for axis in form.modes.axes)]
    places = np.meshgrid(*lines, indexing="ij")
    rules = [sp.lambdify(problem.coordinates, exact[str(u.func)]) for u in problem.unknowns]
    found = np.stack([np.broadcast_to(f(*places), places[0].shape) for f in rules], axis=-1)
    return found.reshape(*form.times.shape, *found.shape[1:])


def noise(form: SpaceTime, seed: int) -> np.ndarray:
    shape = (*form.shape[:3], *form.modes.grid.shape)
    return form.modes.waves.modes(np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize("make", [vorticity, velocity])
def test_residual_vanishes_at_exact_flows(make: Any) -> None:
    problem, exact = make()
    with double_precision():
        form = SpaceTime(problem, periodic_axes(problem, 12), KNOTS)
        values = exact_values(form, problem, exact)
        states, start = form.states(values)
        left = np.asarray(form.residual(states, start, form.times[:, 1:], form.numbers))
        back = form.values(states, start)
    # exp(-0.1 t) on slabs of 0.5: degree five holds it to 1e-10 of modes of size 72.
    assert np.abs(left).max() < 1e-7
    assert np.abs(start - form.modes.start()).max() < 1e-11
    assert np.abs(back - values).max() < 1e-12


def test_rates_of_second_order_are_those_of_the_polynomials() -> None:
    problem, exact = klein_gordon()
    with double_precision():
        form = SpaceTime(problem, periodic_axes(problem, 16), np.linspace(0, 2, 9))
        values = exact_values(form, problem, {"u": exact})
        states, _ = form.states(values)
        rates = form.modes.waves.nodal(states)[:, :, 1]
    exact_rates = exact_values(form, problem, {"u": sp.diff(exact, t)})[:, 1:, :, 0]
    # The derivative of degree five over slabs of 0.25: (√10/4)^6/6!·√10 = 1e-3 at most.
    assert np.abs(rates - exact_rates).max() < 1e-3


@pytest.mark.parametrize("make", [vorticity, klein_gordon])
def test_inverse_undoes_the_linear_part(make: Any) -> None:
    problem = make()[0]
    with double_precision():
        form = SpaceTime(problem, periodic_axes(problem, 8), KNOTS)
        states, start = noise(form, 29), form.modes.start()
        right = form._linear(jnp.asarray(states), jnp.asarray(start), form.numbers)
        found = np.asarray(form.inverse(right, start, form.numbers))
    assert np.abs(found - states).max() < 1e-10 * np.abs(states).max()


def test_push_is_the_slope_of_the_residual() -> None:
    problem, _ = vorticity()
    with double_precision():
        form = SpaceTime(problem, periodic_axes(problem, 8), KNOTS)
        states, change, zero = noise(form, 31), noise(form, 37), form.modes.zero
        start, times = form.modes.start(), form.times[:, 1:]
        left, slope = form.linearised(states, start, times, form.numbers)
        found = np.asarray(form.push(slope, change, zero, form.numbers))
        ends = [
            np.asarray(form.residual(states + s * change, start, times, form.numbers))
            for s in (1.0, -1.0)
        ]
    # The residual is quadratic: a central difference is exact but for rounding.
    assert np.abs((ends[0] - ends[1]) / 2 - found).max() < 1e-9 * np.abs(found).max()
    assert np.isfinite(np.asarray(left)).all()


def test_stages_are_of_order_nine_at_the_ends() -> None:
    problem = Problem(
        Box(t=(0, 1), x=(0, TURN), y=(0, TURN)),
        Eq(u_of("w").diff(t), laplacian(u_of("w"))),
        [initial(u_of("w"), sp.sin(x) * sp.cos(y)), *around(u_of("w"))],
    )
    errors = []
    with double_precision():
        for slabs in (1, 2):
            form = SpaceTime(problem, periodic_axes(problem, 8), np.linspace(0, 1, slabs + 1))
            start = form.modes.start()
            found = form.inverse(np.zeros(form.shape, complex), start, form.numbers)
            exact = start * np.exp(-2.0)
            errors.append(float(np.abs(np.asarray(found)[-1, -1] - exact).max()))
    # 2^9 = 512 for small slabs; those of length one are not yet.
    assert 250 < errors[0] / errors[1] < 1000


def test_other_slabs_compile_nothing_again() -> None:
    problem, _ = vorticity()
    with double_precision():
        form = SpaceTime(problem, periodic_axes(problem, 8), KNOTS)
        states, start = noise(form, 41), form.modes.start()
        form.residual(states, start, form.times[:, 1:], form.numbers)
        form.place(KNOTS + 0.5)
        form.residual(states, start, form.times[:, 1:], form.numbers)
        compiled: Any = form.residual
        assert compiled._cache_size() == 1
    assert form.times[0, 0] == 0.5


def test_steady_problems_are_refused() -> None:
    u = unknown("u", x, y)
    problem = Problem(Box(x=(0, TURN), y=(0, TURN)), Eq(laplacian(u) - u, 1), around(u))
    with pytest.raises(ProblemError):
        SpaceTime(problem, periodic_axes(problem, 8), KNOTS)
