"""Tests of steps in time: order, variation, positivity, derivatives."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, Result, in_double_precision
from residuum.catalogue._riemann import GasRiemann
from residuum.discretise.volumes import March, Minmod, Scheme
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, parameter, periodic

from ._laws import (
    TORO,
    advection,
    burgers,
    gas,
    gas_plane,
    jump,
    march,
    t,
    x,
    y,
)


@pytest.mark.parametrize("order", [2, 3])
@in_double_precision
def test_smooth_advection_is_of_second_order(order: int) -> None:
    errors = []
    for n in (32, 64, 128):
        made = march(advection(sp.exp(sp.sin(2 * sp.pi * x))), n, order=order)
        run = made.run(outputs=16)
        assert run.result is Result.SUCCESSFUL and run.states.shape == (17, 1, n)
        errors.append(np.abs(run.states[-1] - run.states[0]).mean())
    # Second order but for the two extrema, where slopes are cut (1.73 and 1.79 with order 2).
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 1.7).all(), errors


def test_burgers_before_the_shock_is_of_second_order() -> None:
    errors = [_burgers_error(n) for n in (32, 64, 128)]
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 1.75).all(), errors


@in_double_precision
def _burgers_error(n: int) -> float:
    start = 1 + sp.sin(2 * sp.pi * x) / 2
    made = march(burgers(start, 0.15), n)  # the shock forms at t = 1/π
    end = made.run(outputs=16).states[-1, 0]
    # Means by Gauss's rule of u = f(x - u t), found by Newton's method.
    nodes, weights = np.polynomial.legendre.leggauss(5)
    places = made.volumes.cells.centres + nodes / (2 * n)
    u = np.ones_like(places)
    for _ in range(50):
        phase = 2 * np.pi * (places - 0.15 * u)
        slope = np.pi * np.cos(phase)
        u = u - (u - 1 - np.sin(phase) / 2) / (1 + 0.15 * slope)
    return float(np.abs(end - u @ weights / 2).mean())


@in_double_precision
def test_the_variation_of_a_scalar_never_grows() -> None:
    rough = sp.Piecewise((1, x < 0.2), (-0.5, x < 0.45), (0.7 * sp.sin(9 * x), True))
    made = march(burgers(rough, 0.5), 80)
    states = made.run(outputs=64).states[:, 0]
    variation = np.abs(np.diff(states, axis=1, append=states[:, :1])).sum(axis=1)
    # Harten's theorem under half a cell a step; rounding of 80 terms.
    assert (np.diff(variation) < 1e-13 * variation[0]).all()
    assert states.max() <= states[0].max() + 1e-14 and states.min() >= states[0].min() - 1e-14
    # The sum over a ring stays.
    total = states.sum(axis=1)
    np.testing.assert_allclose(total, total[0], rtol=0, atol=1e-12)


@functools.cache
@in_double_precision
def shock_tube(test: int, cells: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Means and exact values of density, velocity, pressure at the end of one of Toro's tests."""
    left, right, middle, end = TORO[test]
    made = march(gas(left, right, middle, end), cells)
    run = made.run(outputs=16)
    assert run.result is Result.SUCCESSFUL
    rho, m, e = run.states[-1]
    found = np.stack([rho, m / rho, 0.4 * (e - m**2 / rho / 2)], axis=1)
    places = made.volumes.cells.centres[:, 0]
    exact = GasRiemann(left, right).at(np.stack([np.full(cells, end), places], axis=1), middle)
    return found, exact


@pytest.mark.parametrize(
    ("test", "most"),
    # Measured with 200 cells, density first: (0.0071, 0.0080, 0.0042), (0.032, 0.022, 0.026),
    # (0.087, 0.021, 0.011), (0.023, 0.0059, 0.0083), (0.066, 0.023, 0.0076).
    [
        (1, (0.009, 0.010, 0.006)),
        (2, (0.04, 0.03, 0.04)),
        (3, (0.11, 0.03, 0.015)),
        (4, (0.03, 0.008, 0.011)),
        (5, (0.085, 0.03, 0.011)),
    ],
)
def test_the_shock_tubes_of_toro(test: int, most: tuple[float, ...]) -> None:
    found, exact = shock_tube(test)
    assert (found[:, [0, 2]] > 0).all()
    errors = np.abs(found - exact).mean(axis=0) / np.abs(exact).mean(axis=0)
    assert (errors < most).all(), errors


@in_double_precision
def test_a_quadrant_of_gas_stays_symmetric_and_conserved() -> None:
    dense = sp.Piecewise((1.5, sp.And(x < 0.5, y < 0.5)), (0.5, True))
    made = march(gas_plane((dense, 0, 0, dense), 0.1), 24)
    run = made.run(outputs=16)
    states = run.states
    order = [0, 2, 1, 3]
    turned = np.swapaxes(states, 2, 3)[:, order]
    np.testing.assert_allclose(states, turned, rtol=0, atol=1e-12)
    assert np.ptp(states[-1, 0]) > 0.1
    # Waves run along the sides, none has reached one head on: no mass crosses them.
    mass = states[:, 0].sum(axis=(1, 2))
    np.testing.assert_allclose(mass, mass[0], rtol=1e-13)


@in_double_precision
def test_units_do_not_matter() -> None:
    left, right, middle, end = TORO[1]
    one = march(gas(left, right, middle, end), 50).run(outputs=16)
    # Lengths in micrometres, times in hours, masses in tonnes, say.
    units = (1e6, 1 / 3600, 1e-3)
    other = march(gas(left, right, middle, end, units=units), 50).run(outputs=16)
    assert one.steps == other.steps
    dense, speed = units[2] / units[0], units[0] / units[1]
    sizes = np.array([dense, dense * speed, dense * speed**2])[:, None]
    np.testing.assert_allclose(other.states / sizes, one.states, rtol=0, atol=1e-10 * 3)


@in_double_precision
def test_derivatives_with_respect_to_start_and_parameters() -> None:
    c = parameter("c", 0.8)
    # Off the symmetry of the cells: at an exact tie a limiter has a kink.
    start = 2 + sp.sin(2 * sp.pi * x + 0.3)
    made = march(advection(start, speed=c, end=0.3), 16, Scheme(Minmod(1.2)))
    begin, steps = jnp.asarray(made.volumes.start), 2 * made.fewest()
    target = jnp.cos(jnp.arange(16.0))

    def misfit(state: jax.Array, speed: jax.Array) -> jax.Array:
        return ((made.march(state, {"c": speed}, steps)[0] - target) ** 2).sum()

    rule = jax.jit(misfit)
    by_state, by_speed = jax.jit(jax.grad(misfit, argnums=(0, 1)))(begin, jnp.asarray(0.8))
    direction = jnp.asarray(np.random.default_rng(47).normal(size=(1, 16)))
    h = 1e-6

    def central(state: jax.Array, speed: float) -> float:
        ends = [rule(begin + s * h * state, jnp.asarray(0.8 + s * h * speed)) for s in (1, -1)]
        return float(ends[0] - ends[1]) / (2 * h)

    # Central differences: rounding of 1e-16·30/h and the third derivative times h².
    assert float((by_state * direction).sum()) == pytest.approx(central(direction, 0.0), rel=1e-6)
    assert float(by_speed) == pytest.approx(central(0 * begin, 1.0), rel=1e-6)


@pytest.mark.slow
@in_double_precision
def test_the_gradient_of_a_gas_is_finite_and_right() -> None:
    left, right, middle, end = TORO[1]
    made = march(gas(left, right, middle, 0.25 * end), 12)
    start = jnp.asarray(made.volumes.start)

    def energy(gamma: jax.Array) -> jax.Array:
        return (made.march(start, {"gamma": gamma}, 8)[1] ** 2).sum()

    slope = float(jax.jit(jax.grad(energy))(jnp.asarray(1.4)))
    rule, h = jax.jit(energy), 1e-6
    found = float(rule(jnp.asarray(1.4 + h)) - rule(jnp.asarray(1.4 - h))) / (2 * h)
    assert slope == pytest.approx(found, rel=1e-6) and slope != 0


@in_double_precision
def test_steps_never_exceed_what_waves_allow() -> None:
    made = march(burgers(jump(2.0, 0.5, 0.3), 0.1, around=False), 40)
    free = made.run(outputs=16)
    # Speed 2 on cells of 1/40 at 0.4 of a cell: 200 steps per unit of time.
    assert free.need == pytest.approx(200) and free.steps >= 20
    assert made.fewest() == 20
    forced = made.run(outputs=16, longest=0.1 / 64)
    assert forced.steps == 64
    one = np.asarray(made.march(jnp.asarray(made.volumes.start), None, 64))
    np.testing.assert_allclose(forced.states[-1], one, rtol=1e-12)


@in_double_precision
def test_a_watch_stops_and_what_breaks_is_told() -> None:
    made = march(advection(1 + x * 0), 8)
    stopped = made.run(outputs=48, watch=lambda time: time < 0.5)
    assert stopped.result is Result.OUT_OF_BUDGET and len(stopped.times) == 33
    assert stopped.times[-1] == pytest.approx(2 / 3)
    u = made.volumes.law.problem.unknowns[0]
    bursting = Problem(
        Box(t=(0, 3), x=(0, 1)),
        Eq(u.diff(t) + div(u), u**2),
        [initial(u, 1), periodic(u, "x")],
    )
    # u = 1/(1 - t): the march cannot pass t = 1.
    broken = march(bursting, 8).run(outputs=48)
    assert broken.result is Result.DIVERGED
    assert np.isfinite(broken.states).all() and broken.times[-1] < 1.01
    with pytest.raises(OptionError, match="order"):
        March(made.volumes, order=4)
