"""The terms of the bound, one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.certify.bounds._balance import Balance, balance, extremes, sorted_border
from residuum.certify.bounds._cells import Cells
from residuum.certify.bounds._statement import Statement, read_statement
from residuum.geometry import Box, Disc
from tests.certify.bounds._manufactured import BUMP, WAVE, X, diffusion, solved

SQUARE = Box(x=(0, 1), y=(0, 1))
NO_CELLS = np.zeros(0)


def found(shape: Any, exact: Any, order: int = 1, **options: Any) -> Balance:
    problem = diffusion(shape, exact, **options)
    field: Any = solved(problem, order, 0.25).field
    statement = read_statement(problem)
    assert isinstance(statement, Statement)
    terms = balance(statement, field)
    assert isinstance(terms, Balance)
    return terms


def test_a_solved_field_is_in_balance() -> None:
    terms = found(SQUARE, BUMP, 2)
    # Measured: 3.5e-4 of the bound is left by quadratures of the load that differ.
    assert terms.loose < 1e-2 * terms.local
    assert terms.least == 1 and terms.reaction == 0 and terms.lifting[0] < 1e-14
    # |∇ sin πx sin πy|² = π²/2 is that of the elements and of the error (Pythagoras).
    assert np.hypot(terms.energy, terms.local) == pytest.approx(np.pi / 2**0.5, rel=1e-3)
    assert terms.size == pytest.approx(0.5, rel=1e-2)  # measured: 0.4977


def test_the_norms_that_follow() -> None:
    terms = Balance(3.0, 0.5, 4.0, 0.0, (0.0, 0.0), None, 1.0, 1.0, NO_CELLS, (), ())
    assert terms.bound(2.0) == pytest.approx(3.5)
    assert terms.in_l2(3.5, 2.0) == pytest.approx(3.5)
    dual = Balance(3.0, 0.5, 4.0, 0.0, (0.0, 0.0), (0.1, 0.05), 1.0, 1.0, NO_CELLS, (), ())
    assert dual.in_l2(3.5, 2.0) == pytest.approx(0.4)
    held = Balance(3.0, 0.5, 4.0, 25.0, (4.0, 1.0), None, 1.0, 1.0, NO_CELLS, (), ())
    assert held.bound(2.0) == pytest.approx((3.1**2 + 16) ** 0.5)
    assert held.in_l2(5.0, 2.0) == pytest.approx(1.0)


def test_curved_domains_are_doubted() -> None:
    terms = found(Disc((0, 0), 1), WAVE)
    assert "polygon" in terms.doubts[0]


def test_sides_are_told_apart() -> None:
    problem = diffusion(SQUARE, WAVE, sides={"x_max": "n"})
    field: Any = solved(problem, 1, 0.25).field
    statement = read_statement(problem)
    assert isinstance(statement, Statement)
    border = sorted_border(Cells(field), statement, 0)
    assert not isinstance(border, str)
    assert len(border.fixed) == 4 and len(border.open) == 12
    assert set(border.part[border.fixed]) == {"x_max"}


def test_a_tensor_that_is_not_positive() -> None:
    problem = diffusion(SQUARE, BUMP, tensor=X - 0.5)
    statement = read_statement(problem)
    field: Any = solved(diffusion(SQUARE, BUMP), 1, 0.25).field
    assert isinstance(statement, Statement)
    assert "not positive" in str(balance(statement, field))


def test_extremes_of_symmetric_matrices() -> None:
    random = np.random.default_rng(31)
    for n in (2, 3, 4):
        matrices = random.normal(size=(6, 2, n, n))
        matrices = matrices + matrices.swapaxes(-1, -2)
        values = np.linalg.eigvalsh(matrices)
        low, high = extremes(matrices)
        assert low == pytest.approx(values[..., 0]) and high == pytest.approx(values[..., -1])
    low, high = extremes(np.broadcast_to(np.diag([2.0, 3.0]), (1, 1, 2, 2)))
    assert low.item() == 2 and high.item() == 3
