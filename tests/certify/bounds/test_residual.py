"""What a field misses."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import double_precision
from residuum.certify.bounds._coercive import NotCovered, coercive
from residuum.certify.bounds._flux_bound import derivatives
from residuum.certify.bounds._quadrature import Cells
from residuum.certify.bounds._residual import Residual, needed
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    div,
    grad,
    neumann,
    robin,
    space,
    unknown,
)

X, Y = space("x"), space("y")
U = unknown("u", X, Y)
SQUARE = Box(x=(0, 1), y=(0, 1))


def residual_of(problem: Problem, expression: object) -> Residual:
    statement = coercive(problem)
    field = ExpressionField((expression,), problem.coordinates)
    indices = needed(statement)
    cells = Cells(mesh_of(SQUARE, 0.5))
    return Residual(statement, cells, lambda points: derivatives(field, points, indices))


def test_the_density_is_the_strong_residual_and_sides_have_their_misfit() -> None:
    sides = [dirichlet(U, 0, on="x_min"), robin(U, 0, a=2, b=1, on="x_max")]
    sides += [neumann(U, 0, on="y_min"), neumann(U, 0, on="y_max")]
    problem = Problem(
        domain=SQUARE,
        equations=[Eq(-div((1 + X) * grad(U)) + 3 * U, X * Y)],
        conditions=sides,
    )
    with double_precision():
        found = residual_of(problem, X**2 * Y)
        x, y = found.cells.points[..., 0], found.cells.points[..., 1]
        # f - c v + div(A grad v) for v = x² y.
        wanted = x * y - 3 * x**2 * y + 2 * (1 + 2 * x) * y
        assert np.abs(found.density - wanted).max() < 1e-13
        assert set(found.sides) == {"x_max", "y_min", "y_max"}
        side = found.sides["x_max"]
        # A (∂v/∂n + 2 v) at x = 1.
        assert np.abs(side.misfit - 2 * (2 + 2) * side.side.points[..., 1]).max() < 1e-13
        assert (side.weight == 4).all()
        on = {part: free.value for part, free in found.sides.items()}
        energy = float(found.energy(found.value, found.slope, on).sum())
    # ∫ (1+x)(4x²y² + x⁴) + 3 x⁴y² over the square + 4 ∫ y² along x = 1.
    inner = 4 / 3 * (1 / 3 + 1 / 4) + (1 / 5 + 1 / 6) + 3 / 5 / 3
    assert energy == pytest.approx(inner + 4 / 3, rel=1e-12)


def test_what_is_not_coercive_is_refused() -> None:
    problem = Problem(
        domain=SQUARE, equations=[Eq(-div(grad(U)) - 3 * U, 1)], conditions=[dirichlet(U, 0)]
    )
    with double_precision(), pytest.raises(NotCovered, match="not coercive"):
        _ = residual_of(problem, X).reaction
