"""Integrands: what occurs in them, their slopes, their values at quadrature points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.discretise.elements._integrand import RATE, Integrand, Place
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    laplacian,
    parameter,
    unknown,
    weak_form,
)
from tests.discretise.elements._posed import t, x, y

u, w = unknown("u", "w", t, x, y)
k = coefficient("k", x, y)
DOMAIN = Box(t=(0, 1), x=(0, 1), y=(0, 1))
PROBLEM = Problem(
    DOMAIN,
    [Eq(u.diff(t) - laplacian(u), w), Eq(w.diff(t) - div(k * grad(w)), u)],
    [initial(u, 0), initial(w, 0), dirichlet(u, 0), dirichlet(w, 0)],
    given={"k": lambda a, b: 1 + a * b**2},
)
FORM = weak_form(PROBLEM)
KNOWN = {"k": lambda a, b: 1 + a * b**2}
RANDOM = np.random.default_rng(53)
PLACE = Place(RANDOM.uniform(0, 1, (2, 3, 4)), None, 0.3)
TRIALS = {(j, slot): RANDOM.uniform(0.5, 1, (3, 4)) for j in (0, 1) for slot in (-1, 0, 1, 2)}


def integrand(*expressions: Any, **parameters: float) -> Integrand:
    return Integrand(FORM, tuple(sp.sympify(e) for e in expressions), KNOWN, parameters)


def test_what_occurs_is_named_by_unknown_and_slot() -> None:
    found = integrand(u * w.diff(x) + u.diff(t), w.diff(y)).atoms
    assert found == {u: (0, 0), w.diff(x): (1, 1), u.diff(t): (0, RATE), w.diff(y): (1, 2)}


@pytest.mark.parametrize(
    "expression",
    [
        u**2 * w.diff(x) + sp.sin(u.diff(t)) * w,
        sp.sqrt(1 + u.diff(x) ** 2 + u.diff(y) ** 2) * x,
        sp.exp(u * w) / (1 + w**2) * k,
        sp.Abs(u) * u.diff(y) + sp.Max(u, w) * t,
        k.diff(x) * u**3,
    ],
    ids=str,
)
def test_slopes_are_the_derivatives(expression: Any) -> None:
    one = integrand(expression)
    slopes = one.slope_values(PLACE, TRIALS)
    step = 1e-6
    for trial in one.atoms.values():
        moved = [{**TRIALS, trial: TRIALS[trial] + sign * step} for sign in (1, -1)]
        up, down = (one.values(PLACE, values)[0] for values in moved)
        # Central differences: step squared from the formula, rounding over the step.
        found = np.broadcast_to(slopes.get((0, trial), 0.0), (3, 4))
        np.testing.assert_allclose(found, (up - down) / (2 * step), atol=1e-8)


def test_linear_and_constant_are_told_apart() -> None:
    assert integrand(x * u + w.diff(x)).linear and not integrand(u * w).linear
    assert integrand(3 * u.diff(x)).constant_slopes and not integrand(x * u).constant_slopes
    assert integrand(sp.Integer(1)).linear and not integrand(sp.Abs(u)).linear


def test_time_is_seen_where_it_stands_by_itself() -> None:
    one = integrand(u.diff(t) + u * x)
    assert not one.moves(one.expressions)
    other = integrand(u * sp.cos(t))
    assert other.moves(other.expressions)


def test_coefficients_and_their_derivatives_are_given_at_the_points() -> None:
    a, b = PLACE.points
    found = integrand(k, k.diff(x), k.diff(y)).values(PLACE, {})
    # JAX works in single precision here unless asked otherwise.
    for value, wanted in zip(found, (1 + a * b**2, b**2, 2 * a * b), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_parameters_and_normals_are_put_in() -> None:
    normals = RANDOM.normal(size=(2, 3, 4))
    place = Place(PLACE.points, normals, 0.0)
    q = parameter("q", bounds=(0.0, 5.0))
    n_x = sp.Symbol("normal_x", real=True)
    (found,) = integrand(q * n_x, q=3.0).values(place, {})
    np.testing.assert_allclose(found, 3 * normals[0])


def test_the_derivative_by_a_parameter() -> None:
    q = parameter("q", bounds=(0.0, 5.0))
    (found,) = integrand(q**2 * u, q=3.0).derivative(q, PLACE, TRIALS)
    np.testing.assert_allclose(found, 6 * TRIALS[0, 0])
