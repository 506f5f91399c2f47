"""A periodic problem in modes: what is linear, symbols, dealiasing, initial data."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.spectral import FourierAxis, Modes, Split, split
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, periodic, space, time, unknown

t, x = time("t"), space("x")
u: Any = unknown("u", t, x)


def posed(left: Any) -> Problem:
    return Problem(
        Box(t=(0, 1), x=(0, 2 * np.pi)), Eq(left, 0), [initial(u, sp.sin(x)), periodic(u, x)]
    )


def parts_of(problem: Problem) -> Split:
    found = split(problem)
    assert isinstance(found, Split)
    return found


def test_split_and_symbol() -> None:
    problem = posed(2 * u.diff(t) + div(u**2 / 2) - 3 * u.diff(x, 2) + u.diff(x, 3) + sp.cos(x))
    parts = parts_of(problem)
    assert parts.mass.tolist() == [[2.0]]
    assert sorted(parts.terms) == [(0, 0, (2,), -3.0), (0, 0, (3,), 1.0)]
    modes = Modes(problem, parts, [FourierAxis(0.0, 2 * np.pi, 16)])
    k = np.arange(8)
    assert np.abs(modes.symbol[0, :8] - (-3 * k**2 + 1j * k**3) / 2).max() < 1e-12


def test_nonlinear_part_is_dealiased() -> None:
    problem = posed(u.diff(t) + div(u**2 / 2))
    with double_precision():
        modes = Modes(problem, parts_of(problem), [FourierAxis(0.0, 2 * np.pi, 32)])
        state = jnp.asarray(modes.start())
        found = np.asarray(modes.nonlinear(state, jnp.zeros(()), modes.data))
    # -u u_x = -sin(2x)/2: one mode, i/4 of the length of the transform.
    exact = np.zeros(17, complex)
    exact[2] = 0.25j * 32
    assert np.abs(found[0] - exact).max() < 1e-12
    assert not modes.mask[11:].any()
    assert modes.mask[:11].all()


def test_varying_factors_of_the_rate_do_not_fit() -> None:
    found = split(posed((2 + sp.sin(x)) * u.diff(t) + u.diff(x)))
    assert isinstance(found, str)


def test_initial_modes_are_those_of_the_kink_itself() -> None:
    problem = Problem(
        Box(t=(0, 1), x=(-1, 1)), Eq(u.diff(t), 0), [initial(u, sp.Abs(x)), periodic(u, x)]
    )
    with double_precision():
        modes = Modes(problem, parts_of(problem), [FourierAxis(-1.0, 1.0, 64)])
        start = modes.start()[0] / 64
    # |x| has the coefficients 1/2 and -2/(πk)² at odd k; samples on 64 nodes alias by 1e-3 of the
    # first, on sixteen times as many by 256 times less.
    k = np.arange(1, 16, 2)
    shifted = start[k] * np.exp(1j * np.pi * k)
    assert np.abs(shifted + 2 / (np.pi * k) ** 2).max() < 1e-6
