"""Measured from a known field: what is solved for is what that field is off by."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Field, double_precision
from residuum.discretise.elements import Levels, System, initial_state, solve_steady
from residuum.discretise.elements._offset import Offset, derivatives
from residuum.discretise.elements._space import Space
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    neumann,
    point_value,
    robin,
    unknown,
    weak_form,
)
from residuum.problem import div as divergence
from tests.discretise.elements._posed import (
    CUBIC,
    SQUARE,
    Exact,
    around,
    forced,
    interpolated,
    sides,
    t,
    v,
    x,
    y,
)

WRONG = 0.3 * sp.sin(3 * x + y) * sp.exp(x) + 0.1
"""What an answer is off by: no polynomial, and not zero on the boundary."""


def measured(problem: Problem, orders: tuple[int, ...], guess: Field) -> System:
    assert problem.shape is not None
    space = Space(mesh_of(problem.shape, 0.2), orders, degree=12)
    return System(problem, weak_form(problem), space, offset=guess)


def off(exact: Exact, guess: tuple[Any, ...], system: System, moment: float = 0.0) -> np.ndarray:
    """Return the exact solution less the guess at the degrees of freedom."""
    wrong = {u: sp.sympify(exact[u]) - g for u, g in zip(exact, guess, strict=True)}
    return interpolated(system, wrong, moment)


@pytest.mark.parametrize(
    ("left", "kinds"),
    [
        (-divergence((1 + x * y) * grad(v)) + v.diff(x), ("dirichlet",)),
        (-divergence((1 + v**2) * grad(v)) + v**3, ("dirichlet",)),
        (-laplacian(v) + v, ("robin", 2, 1)),
    ],
)
def test_a_cubic_error_of_any_guess_is_found_to_rounding(left: Any, kinds: Any) -> None:
    exact = WRONG + CUBIC
    every = dict.fromkeys(SQUARE.parts, kinds)
    problem = Problem(SQUARE, forced(left, {v: exact}, (x, y)), sides(v, exact, SQUARE, every))
    with double_precision():
        system = measured(problem, (3,), ExpressionField((WRONG,), problem.coordinates))
        found = solve_steady(system)
        wanted = off({v: exact}, (WRONG,), system)
    assert found.result.ok
    # Cubic elements hold the error itself; quadrature of the smooth guess is exact to 2e-11.
    assert np.abs(found.state - wanted)[: system.space.size].max() < 1e-8
