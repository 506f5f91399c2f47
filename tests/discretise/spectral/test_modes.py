"""A periodic problem in modes: symbol, dealiasing, initial data, eliminated unknowns, defects."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.spectral import FourierAxis, Modes, Split, split
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, laplacian, periodic, space, time, unknown

from ._flows import TURN, around, cahn_hilliard, square, u_of, velocity, vorticity

t, x = time("t"), space("x")
u: Any = unknown("u", t, x)


def posed(left: Any) -> Problem:
    return Problem(
        Box(t=(0, 1), x=(0, 2 * np.pi)), Eq(left, 0), [initial(u, sp.sin(x)), periodic(u, x)]
    )


def modes_of(problem: Problem, count: int) -> Modes:
    parts = split(problem)
    assert isinstance(parts, Split)
    assert problem.shape is not None
    axes = [FourierAxis(float(a), float(b), count) for a, b in problem.shape.bounds]
    return Modes(problem, parts, axes)


def test_symbol_is_divided_by_the_mass() -> None:
    problem = posed(2 * u.diff(t) + div(u**2 / 2) - 3 * u.diff(x, 2) + u.diff(x, 3) + sp.cos(x))
    with double_precision():
        modes = modes_of(problem, 16)
    k = np.arange(8)
    assert np.abs(modes.symbol[0, :8] - (-3 * k**2 + 1j * k**3) / 2).max() < 1e-12


def test_nonlinear_part_is_dealiased() -> None:
    with double_precision():
        modes = modes_of(posed(u.diff(t) + div(u**2 / 2)), 32)
        k = 9  # its square has the number 18, which 32 nodes see as -14
        wave = modes.waves.modes(np.cos(k * modes.axes[0].nodes))[None]
        low = jnp.asarray(modes.waves.modes(np.sin(modes.axes[0].nodes))[None])
        found = np.asarray(modes.nonlinear(low, jnp.zeros(()), modes.data))
        high = np.asarray(modes.nonlinear(jnp.asarray(wave), jnp.zeros(()), modes.data))
    # -u u_x = -sin(2x)/2: one mode, i/4 of the length of the transform.
    exact = np.zeros(17, complex)
    exact[2] = 0.25j * 32
    assert np.abs(found[0] - exact).max() < 1e-12
    assert np.abs(high).max() < 1e-12


def reacting(more: Any) -> Problem:
    v: Any = unknown("v", t, x)
    return Problem(
        Box(t=(0, 1), x=(0, 2 * np.pi)),
        [Eq(u.diff(t), 2 - 3 * u * v**2), Eq(v.diff(t), 6 * u * v**2 + more)],
        [initial(u, sp.sin(x)), initial(v, sp.cos(x)), periodic(u, x), periodic(v, x)],
    )


@pytest.mark.parametrize(("more", "shared"), [(0, {2: (1, -2.0)}), (sp.cos(t), {})])
def test_a_reaction_in_two_equations_is_transformed_once(more: Any, shared: Any) -> None:
    with double_precision():
        modes = modes_of(reacting(more), 32)
        found = np.asarray(modes.nonlinear(jnp.asarray(modes.start()), jnp.zeros(()), modes.data))
    # The load that rests is kept apart; one that moves adds to the reaction, which then is another.
    assert len(modes.still) == 1 and modes.multiples == shared
    # sin x cos²x = (sin x + sin 3x)/4: modes of -i/8 times the length of the transform.
    wave, mean = np.zeros(17, complex), 32 * np.eye(17)[0]
    wave[[1, 3]] = -4j
    expected = [2 * mean - 3 * wave, 6 * wave + mean * float(more != 0)]
    assert np.abs(found - expected).max() < 1e-12


def test_initial_modes_are_those_of_the_kink_itself() -> None:
    problem = Problem(
        Box(t=(0, 1), x=(-1, 1)), Eq(u.diff(t), 0), [initial(u, sp.Abs(x)), periodic(u, x)]
    )
    with double_precision():
        start = modes_of(problem, 64).start()[0] / 64
    # |x| has the coefficients 1/2 and -2/(πk)² at odd k; samples on 64 nodes alias by 1e-3 of the
    # first, on sixteen times as many by 256 times less.
    k = np.arange(1, 16, 2)
    shifted = start[k] * np.exp(1j * np.pi * k)
    assert np.abs(shifted + 2 / (np.pi * k) ** 2).max() < 1e-6


@pytest.mark.parametrize("build", [vorticity, velocity])
def test_unknowns_without_rates_come_out_exactly(build: Any) -> None:
    problem, exact = build()
    with double_precision():
        modes = modes_of(problem, 16)
        state = modes.start()
        values = modes.nodal(state[None], np.zeros(1))[0]
        grid = np.concatenate([np.zeros((modes.grid.size, 1)), modes.grid.points], axis=1)
        assert modes.defect(state, 0.0) < 1e-12
    for j, unknown_ in enumerate(problem.unknowns):
        wanted = sp.lambdify(problem.coordinates, exact[str(unknown_.func)], "numpy")(*grid.T)
        assert np.abs(values[..., j].ravel() - wanted).max() < 1e-13


def test_mixed_and_single_form_of_one_equation_have_the_same_rates() -> None:
    found = []
    with double_precision():
        for mixed in (False, True):
            modes = modes_of(cahn_hilliard(mixed=mixed), 24)
            state = modes.start()
            rest = np.asarray(modes.nonlinear(jnp.asarray(state), jnp.zeros(()), modes.data))
            found.append(rest + modes.symbol * state)
    assert np.abs(found[0] - found[1]).max() < 1e-12 * np.abs(found[0]).max()


def test_a_forced_mean_that_the_equations_leave_open_shows() -> None:
    w, psi = u_of("w"), u_of("psi")
    problem = Problem(
        square(),
        [Eq(w.diff(t), laplacian(w)), Eq(laplacian(psi), w)],
        [initial(w, 1 + sp.cos(x)), *around(w, psi)],
    )
    with double_precision():
        modes = modes_of(problem, 8)
        assert modes.defect(modes.start(), 0.0) > 0.1
    assert modes.axes[0].high == TURN
