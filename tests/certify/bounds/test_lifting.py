"""What wrong boundary values cost, against a lifting integrated directly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.certify.bounds._balance import sorted_border
from residuum.certify.bounds._cells import Cells
from residuum.certify.bounds._lifting import lifted
from residuum.certify.bounds._statement import Statement, read_statement
from residuum.geometry import Box
from tests.certify.bounds._manufactured import X, Y, diffusion, solved

SQUARE = Box(x=(0, 1), y=(0, 1))


def norms(exact: Any, size: float) -> tuple[float, float]:
    problem = diffusion(SQUARE, exact)
    field: Any = solved(problem, 1, size).field
    cells, statement = Cells(field), read_statement(problem)
    assert isinstance(statement, Statement)
    border = sorted_border(cells, statement, 0)
    assert not isinstance(border, str)
    found = lifted(cells, statement, border)
    assert not isinstance(found, str)
    return found


def test_values_that_elements_meet_cost_nothing() -> None:
    assert norms(1 + 2 * X - Y, 0.5)[0] < 1e-12


def test_a_parabola_on_one_side() -> None:
    energy, size = norms(sp.Integer(4) * X * (1 - X) * (1 - Y), 1.0)
    # Two triangles at the bottom, each of width and height 1/2 with δ = 4 s (1/2 - s) from one end:
    # δ(s) over [0, 1/2]; the foot of the height is the end at x = 1/2, or the middle, by the mesh.
    ends = np.linspace(0, 0.5, 20001)
    delta, slope = 4 * ends * (0.5 - ends), 4 * (0.5 - 2 * ends)
    plain = 2 * 0.5 / 4 * np.trapezoid(delta**2, ends)
    assert size == pytest.approx(plain**0.5, rel=1e-4)
    least = 2 * 0.5 / 2 * np.trapezoid(slope**2, ends)
    assert least**0.5 < energy < 2 * least**0.5


def test_it_falls_with_the_second_power_and_a_half() -> None:
    coarse, fine = (norms(sp.exp(X + Y), size)[0] for size in (0.25, 0.125))
    # δ' is of order h, on a boundary layer of cells of height h.
    assert coarse / fine == pytest.approx(2**1.5, rel=0.1)
