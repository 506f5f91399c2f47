"""Tests of reading a conservation law off a statement."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import in_double_precision
from residuum.discretise.volumes import law_of
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    div,
    grad,
    initial,
    initial_rate,
    laplacian,
    parameter,
    periodic,
    space,
    time,
    unknown,
    vector,
)

from ._laws import gas, gas_plane, read

t = time("t")
x, y = space("x", "y")
u, v = unknown("u", "v", t, x)
w = unknown("w", t, x, y)
nu = parameter("nu", 0.25)


def on_line(*equations: Eq, given: Any = None) -> Problem:
    unknowns = [a for a in (u, v) if any(e.left.has(a) or e.right.has(a) for e in equations)]
    conditions = [c for a in unknowns for c in (initial(a, 0), periodic(a, "x"))]
    return Problem(Box(t=(0, 1), x=(0, 1)), equations, conditions, given=given)


def on_square(equation: Eq) -> Problem:
    conditions = [initial(w, 0), periodic(w, "x"), periodic(w, "y")]
    return Problem(Box(t=(0, 1), x=(0, 1), y=(0, 1)), equation, conditions)


def test_fluxes_are_the_arguments_of_div() -> None:
    law = read(on_line(Eq(u.diff(t) + div(u**2 / 2), div(nu * grad(u)) + sp.sin(x) * u)))
    assert law.fluxes == ((u**2 / 2,),)
    assert sp.expand(law.spreading[0][0] + nu * u.diff(x)) == 0
    assert sp.expand(law.sources[0] - sp.sin(x) * u) == 0
    assert law.values() == {"nu": 0.25} and law.values({"nu": 3.0}) == {"nu": 3.0}


def test_plain_derivatives_and_laplacians_are_fluxes() -> None:
    law = read(on_square(Eq(w.diff(t) + 2 * w.diff(x) - 3 * w.diff(y), nu * laplacian(w))))
    assert law.fluxes == ((2 * w,), (-3 * w,))
    assert law.spreading == ((-nu * w.diff(x),), (-nu * w.diff(y),))
    again = read(on_square(Eq(w.diff(t), w.diff(x, 2) + w.diff(y, 2))))
    assert again.spreading == ((-w.diff(x),), (-w.diff(y),))


def test_the_rates_are_solved_for() -> None:
    # u_t + v_t = -(u + v)_x and u_t - v_t = -v_x: u_t = -(u/2 + v)_x, v_t = -(u/2)_x.
    law = read(on_line(Eq(u.diff(t) + v.diff(t) + div(u + v)), Eq(u.diff(t) - v.diff(t) + div(v))))
    assert [sp.expand(f) for f in law.fluxes[0]] == [u / 2 + v, u / 2]


def test_vector_equations_are_read_by_component() -> None:
    p, a, b = unknown("p", "a", "b", t, x, y)
    wave = Problem(
        Box(t=(0, 1), x=(0, 1), y=(0, 1)),
        [Eq(p.diff(t) + div(vector(a, b))), Eq(vector(a.diff(t), b.diff(t)) + 4 * grad(p))],
        [initial(q, 0) for q in (p, a, b)],
    )
    assert read(wave).fluxes == ((a, 4 * p, 0), (b, 0, 4 * p))


def test_fluxes_of_systems() -> None:
    law = read(gas((1, 0, 1), (0.125, 0, 0.1), 0.5, 0.2))
    assert law.count == 3 and law.dimension == 1 and law.sources == (0, 0, 0)
    plane = read(gas_plane((1, 0, 0, 1), 0.1))
    assert (plane.count, plane.dimension) == (4, 2)
    # Turning x into y turns one flux into the other.
    _, m, n, _ = plane.problem.unknowns
    turned = [f.subs({m: n, n: m}, simultaneous=True) for f in plane.fluxes[0]]
    order = [0, 2, 1, 3]
    assert all(sp.expand(plane.fluxes[1][i] - turned[j]) == 0 for i, j in enumerate(order))


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        (Eq(u.diff(t) + u * u.diff(x)), r"div\("),
        (Eq(u.diff(t) + u.diff(x) ** 2), r"div\("),
        (Eq(u.diff(t) + sp.sin(x) * u.diff(x)), r"div\("),
        (Eq(u.diff(t) + u.diff(x, 3)), "first derivatives"),
        (Eq(u.diff(t) + div(u.diff(x, 2))), "first derivatives"),
        (Eq(u * u.diff(t) + div(u)), r"div\("),
        (Eq((1 + x) * u.diff(t) + div(u)), r"div\("),
        (Eq(u.diff(t, 2) + div(u)), "first"),
    ],
    ids=str,
)
def test_what_is_no_conservation_law_is_named(equation: Eq, reason: str) -> None:
    conditions = [initial(u, 0), periodic(u, "x")]
    if equation.left.has(u.diff(t, 2)):
        conditions.append(initial_rate(u, 0))
    found = law_of(Problem(Box(t=(0, 1), x=(0, 1)), equation, conditions))
    assert isinstance(found, str)
    assert re.search(reason, found), found


def test_rates_that_leave_an_unknown_open() -> None:
    found = law_of(on_line(Eq(u.diff(t) + v.diff(t) + div(u)), Eq(2 * u.diff(t) + 2 * v.diff(t))))
    assert isinstance(found, str) and "every unknown" in found


@in_double_precision
def test_values_at_states() -> None:
    a = coefficient("a", x)
    axis = np.linspace(0, 1, 3)
    law = read(on_line(Eq(u.diff(t) + div(a * nu * u**2)), given={"a": ([axis], axis**2)}))
    points, state = np.array([[0.0, 0.0], [0.0, 0.75]]), np.array([[2.0, 3.0]])
    # Linear between 0.25 and 1: 0.625; times nu = 1/4, times 9.
    expected = [0.0, 0.625 * 0.25 * 9.0]
    np.testing.assert_allclose(law.sampled(law.fluxes[0][0], points, state), expected, rtol=1e-14)
    flat = law.sampled(sp.sqrt(u - 2.5) + nu, points, state)
    assert np.isnan(flat[0]) and flat[1] == pytest.approx(0.25 + np.sqrt(0.5))
