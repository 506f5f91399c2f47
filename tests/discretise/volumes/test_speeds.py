"""Tests of wave speeds found from the flux."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import in_double_precision
from residuum.discretise.volumes import Signals, waves_of
from residuum.discretise.volumes._positive import candidates
from residuum.discretise.volumes._speeds import root, spread
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, parameter, unknown, vector

from ._laws import burgers, gas, gas_plane, read, t, water, x, y


def test_gas_has_the_speeds_u_and_u_plus_minus_c() -> None:
    law = read(gas((1, 0, 1), (0.125, 0, 0.1), 0.5, 0.2))
    rho, m, e = law.problem.unknowns
    (g,) = law.problem.parameters
    sound = g * (g - 1) * (e - m**2 / (2 * rho)) / rho
    waves = waves_of(law, 0)
    assert all(w.exact and sp.simplify(w.middle - m / rho) == 0 for w in waves)
    squares = {sp.simplify(w.square / sound) for w in waves}
    assert squares == {0, 1}


@pytest.mark.parametrize("axis", [0, 1])
def test_the_plane_has_them_along_both_axes(axis: int) -> None:
    law = read(gas_plane((1, 0, 0, 1), 0.1))
    rho, momentum = law.problem.unknowns[0], law.problem.unknowns[1 + axis]
    waves = waves_of(law, axis)
    assert len(waves) == 2 and all(w.exact for w in waves)
    assert all(sp.simplify(w.middle - momentum / rho) == 0 for w in waves)


def test_water_and_burgers() -> None:
    h, q = read(water(2.0, 1.0, 0.1)).problem.unknowns
    (wave,) = waves_of(read(water(2.0, 1.0, 0.1)), 0)
    assert sp.simplify(wave.middle - q / h) == 0 and sp.simplify(wave.square - h) == 0
    law = read(burgers(1, 0.1))
    (wave,) = waves_of(law, 0)
    assert wave == (law.problem.unknowns[0], 0, True)


@pytest.mark.parametrize("exponent", [1.4, parameter("kappa", 1.4)], ids=str)
def test_powers_that_are_no_polynomials(exponent: Any) -> None:
    rho, m = unknown("rho", "m", t, x)
    isentropic = Problem(
        Box(t=(0, 1), x=(0, 1)),
        [Eq(rho.diff(t) + div(m)), Eq(m.diff(t) + div(m**2 / rho + rho**exponent))],
        [initial(rho, 1), initial(m, 0)],
    )
    law = read(isentropic)
    (wave,) = waves_of(law, 0)
    assert wave.exact and candidates(Signals(law)) == [rho]
    state = np.array([[2.0], [6.0]])
    square = law.sampled(wave.square, np.zeros((1, 2)), state)
    assert float(square[0]) == pytest.approx(1.4 * 2**0.4, rel=1e-12)


def test_a_passenger_is_carried_by_the_flow() -> None:
    gas = gas_plane((1, 0, 0, 1), 0.1)
    rho, m, n, _ = gas.unknowns
    c = unknown("c", t, x, y)
    carried = Eq(c.diff(t) + div(vector(c * m / rho, c * n / rho)))
    more = Problem(gas.domain, [*gas.equations, carried], [*gas.conditions, initial(c, 1)])
    middles = [sp.simplify(w.middle * rho / m) for w in waves_of(read(more), 0)]
    assert middles == [1, 1] and all(w.exact for w in waves_of(read(more), 0))


def test_the_interval_of_larger_systems_holds_every_eigenvalue() -> None:
    random = np.random.default_rng(29)
    for n in (2, 3, 5, 7):
        symmetric = random.normal(size=(n, n))
        symmetric = symmetric + symmetric.T
        change = random.normal(size=(n, n))
        matrix = np.linalg.solve(change, symmetric @ change)
        wave = spread(sp.Matrix(matrix))
        ends = np.linalg.eigvalsh(symmetric)[[0, -1]]
        reach = float(sp.sqrt(wave.square))
        # Rounding of the similarity (condition some hundred) alone.
        assert float(wave.middle) - reach <= ends[0] + 1e-9
        assert float(wave.middle) + reach >= ends[1] - 1e-9
        if n == 2:
            assert reach == pytest.approx(np.ptp(ends) / 2, rel=1e-9) and wave.exact


@in_double_precision
def test_the_root_is_flat_below_zero() -> None:
    squares = jnp.asarray([-1.0, 0.0, 4.0])
    np.testing.assert_array_equal(root(squares), [0.0, 0.0, 2.0])
    slopes = jax.vmap(jax.grad(root))(squares)
    np.testing.assert_array_equal(slopes, [0.0, 0.0, 0.25])
