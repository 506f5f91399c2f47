"""Spectral methods: errors of analytic answers fall geometrically with the number of modes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import Method, Task, double_precision
from residuum.geometry import Box
from residuum.methods import Chebyshev, Fourier
from residuum.problem import Eq, Problem, dirichlet, initial, periodic, unknown
from tests.discretise.elements._posed import forced, t, x

u, w = unknown("u", t, x), unknown("w", x)
LOOSE = 0.5
"""A tolerance that the first two levels meet: the answer has twice the modes asked for."""


def error(method: Method, problem: Problem, exact: Any, tol: float) -> float:
    assert method.refuse(problem) is None
    with double_precision():
        field = method.run(problem, Task(tol)).field
        bounds = problem.domain.bounds
        points = np.random.default_rng(101).uniform(bounds[:, 0], bounds[:, 1], (300, len(bounds)))
        found = np.asarray(field(jnp.asarray(points)))[:, 0]
    wanted = sp.lambdify(problem.coordinates, exact, "numpy")(*points.T)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def test_chebyshev_on_a_steady_problem() -> None:
    exact = 1 / (1 + 4 * x**2)
    problem = Problem(
        Box(x=(-1, 1)),
        forced(-w.diff(x, 2) + w, {w: exact}, (x,)),
        [dirichlet(w, sp.Rational(1, 5))],
    )
    counts = (8, 16, 32)
    found = [error(Chebyshev(modes=n, adapt=False), problem, exact, LOOSE) for n in counts]
    # Poles at ±i/2: the sum of the half axes of the ellipse through them is ρ = 1/2 + √5/2.
    rate = (1 + np.sqrt(5)) / 2
    falls = np.diff(np.log(found)) / np.diff(counts) / -np.log(rate)
    assert found[-1] < found[0] / 1e3 and (falls > 0.75).all(), (found, falls)


def test_fourier_in_space() -> None:
    # An analytic wave is carried on: what is left out of it has the rate of its poles.
    a = sp.Rational(5, 4)
    start = 1 / (a - sp.cos(x))
    moved, decay = start.subs(x, x - t), float(a - sp.sqrt(a**2 - 1))
    domain = Box(t=(0, 1), x=(0, 2 * np.pi))
    problem = Problem(domain, Eq(u.diff(t) + u.diff(x), 0), [initial(u, start), periodic(u, "x")])
    counts = (16, 24, 32)
    found = [error(Fourier(modes=n, steps=200), problem, moved, LOOSE) for n in counts]
    # The finer of the two levels has 2n modes; what is above the n-th is missing: decay^n.
    falls = np.diff(np.log(found)) / np.diff(counts) / np.log(decay)
    assert (falls > 0.8).all(), (found, falls)
