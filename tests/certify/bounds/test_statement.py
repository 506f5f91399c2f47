"""Reading tensor, reaction, load and prescribed fluxes from a statement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.certify.bounds._statement import Statement, read_statement
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, grad, periodic, robin, space, unknown
from residuum.problem import div as divergence
from tests.certify.bounds._manufactured import U, X, Y

SQUARE = Box(x=(0, 1), y=(0, 1))


def made(equation: Any, *conditions: Any) -> Statement | str:
    return read_statement(Problem(SQUARE, equation, conditions or (dirichlet(U, 0),)))


def test_every_term_is_read() -> None:
    sides = [dirichlet(U, 0, on=part) for part in ("x_min", "y_min", "y_max")]
    found = made(
        Eq(-divergence((1 + X) * grad(U)) + 3 * U, X * Y),
        *sides,
        robin(U, 5 * Y, a=4, b=2, on="x_max"),
    )
    assert isinstance(found, Statement)
    assert found.tensor[0, :, 0].tolist() == [[1 + X, 0], [0, 1 + X]]
    assert found.reaction == (3,) and found.load == (X * Y,) and not found.shifted
    alpha, given = found.sides[0, "x_max"]
    # (1 + x) ∂u/∂n = (1 + x) (5 y - 4 u) / 2
    assert sp.simplify(alpha - 2 * (1 + X)) == 0
    assert sp.simplify(given - (1 + X) * 5 * Y / 2) == 0
    points = np.full((2, 1, 1), 0.5)
    assert found.tensor_at(points)[0, 0] == pytest.approx(np.eye(2) * 1.5)
    assert found.shift_at(points).shape == (1, 1, 2)


def test_a_statement_is_read_once() -> None:
    problem = Problem(SQUARE, Eq(-divergence(grad(U)), 1), [dirichlet(U, 0)])
    assert read_statement(problem) is read_statement(problem)


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        (Eq(-divergence(grad(U)) + U.diff(X), 1), "more than c u - f"),
        (Eq(-divergence(grad(U)) + U**3, 1), "not linear"),
        (Eq(-divergence((1 + U**2) * grad(U)), 1), "not linear"),
        (Eq(-divergence(grad(U) - U * grad(X)), 1), "carries an unknown"),
    ],
)
def test_what_is_more_is_refused(equation: Any, reason: str) -> None:
    found = made(equation)
    assert isinstance(found, str)
    assert reason in found or "more than" in found or "carries" in found


def test_periodic_and_evolving_problems_are_refused() -> None:
    around = made(Eq(-divergence(grad(U)), 1), periodic(U, "x"), *_ends())
    assert isinstance(around, str) and "periodic" in around
    x = space("x")
    u = unknown("u", x)
    open_number = Problem(Box(x=(0, 1)), Eq(-divergence(grad(u)), 1), [dirichlet(u, 0)], given={})
    assert isinstance(read_statement(open_number), Statement)


def _ends() -> list[Any]:
    return [dirichlet(U, 0, on=part) for part in ("y_min", "y_max")]
