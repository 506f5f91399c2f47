"""The finite-element solution of the residual equation."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.certify.bounds._correction import expanded, galerkin
from residuum.certify.bounds._residual import Residual
from residuum.problem import Eq, Problem, dirichlet, div, grad, neumann
from tests.certify.bounds.test_residual import SQUARE, U, X, Y, residual_of


def error_of(residual: Residual, exact: sp.Expr, field: sp.Expr) -> float:
    """Return the energy of exact - field - correction over that of exact - field."""
    from residuum.certify.bounds._correction import Trial

    cells = residual.cells
    zero = {part: np.zeros_like(free.value) for part, free in residual.sides.items()}
    nothing = Trial(np.zeros_like(residual.value), np.zeros_like(residual.slope), zero)
    found = expanded(residual, galerkin(residual, nothing, cells.on("x_min")))
    miss = sp.lambdify((X, Y), [sp.diff(exact - field, c) for c in (X, Y)])
    slopes = np.stack(
        [
            np.broadcast_to(item, cells.weights.shape)
            for item in miss(*np.moveaxis(cells.points, 2, 0))
        ],
        axis=2,
    )
    left = ((slopes - found.slope) ** 2).sum(axis=2)
    return float(
        np.sqrt((left * cells.weights).sum() / ((slopes**2).sum(axis=2) * cells.weights).sum())
    )


def test_an_error_in_its_space_is_found_exactly_and_at_any_size() -> None:
    exact = X**2 + X * Y
    problem = Problem(
        domain=SQUARE,
        equations=[Eq(-div(grad(U)), -2)],
        conditions=[
            dirichlet(U, 0, on="x_min"),
            neumann(U, 2 + Y, on="x_max"),
            neumann(U, -X, on="y_min"),
            neumann(U, X, on="y_max"),
        ],
    )
    with double_precision():
        for size in (1.0, 1e-6):
            field = exact + size * X * (1 - Y)
            # Rounding of the field, 1e-16, over the size of its error.
            assert error_of(residual_of(problem, field), exact, field) < 1e-14 / size * 10
