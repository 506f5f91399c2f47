"""The error of one number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Monitor, OptionError, Result, double_precision
from residuum.certify import DefectCorrection, DualWeighted, QuantityError, certify
from residuum.discretise.elements import Defects, Quantity, quantity_of
from residuum.fields import SumField
from residuum.geometry.mesh import mesh_of
from residuum.problem import ExpressionField, weak_form

t = rs.time("t")
x, y = rs.space("x", "y")
u, w = rs.unknown("u", x, y), rs.unknown("w", t, x)
SQUARE = rs.Box(x=(0, 1), y=(0, 1))
EXACT = sp.sin(3 * x) * sp.cosh(3 * y)
LAPLACE = rs.Problem(SQUARE, rs.Eq(-rs.laplacian(u), 0), [rs.dirichlet(u, EXACT)])


def guessed(problem: rs.Problem, value: Any) -> rs.Solution:
    field = ExpressionField((sp.sympify(value),), problem.coordinates)
    return rs.Solution(problem, field, Result.SUCCESSFUL)


@pytest.mark.parametrize(
    ("quantity", "true"),
    [
        (Quantity(u), (math.e - 1) / 60),
        (Quantity(u, at={"x": 0.5, "y": 0.5}), math.exp(0.5) / 40),
        # The slope along x of x(1 - x) at the side x = 1 is -1.
        (Quantity(rs.grad(u), over="x_max", through=True), (math.e - 1) / 10),
    ],
    ids=["integral", "point", "flux"],
)
def test_the_error_of_a_number_is_told(quantity: Quantity, true: float) -> None:
    wrong = x * (1 - x) * sp.exp(y) / 10
    answer = guessed(LAPLACE, EXACT + wrong)
    found = certify(answer, norm="quantity", by=QuantityError(quantity))
    assert found.kind == "estimate" and found.by == "quantity by defect correction"
    # Two meshes agree to 10 % at worst, and that much is added; here to 1 % and better.
    assert found.value == pytest.approx(true, rel=0.05)


def test_a_final_value_in_time() -> None:
    mode = sp.exp(-(sp.pi**2) * t / 10) * sp.sin(sp.pi * x)
    heat = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(w.diff(t), rs.div(rs.grad(w) / 10)),
        [rs.initial(w, sp.sin(sp.pi * x)), rs.dirichlet(w, 0)],
    )
    quantity = Quantity(w, when="final")
    found = certify(guessed(heat, 1.25 * mode), norm="quantity", by=QuantityError(quantity))
    assert found.value == pytest.approx(0.5 / math.pi * math.exp(-(math.pi**2) / 10), rel=0.05)
    assert found.relative == pytest.approx(0.25, rel=0.05)


def test_it_is_the_residual_weighted_by_the_adjoint_solution() -> None:
    problem = rs.Problem(SQUARE, rs.Eq(-rs.laplacian(u) + 5 * u.diff(x), 1), [rs.dirichlet(u, 0)])
    guess = ExpressionField((x * (1 - x) * y * (1 - y) * sp.exp(x),), problem.coordinates)
    form = weak_form(problem)
    with double_precision():
        found = Defects(problem, form, guess, order=2).solve(mesh_of(SQUARE, 0.25))
        system, space = found.system, found.system.space
        primal = [
            quantity_of(Quantity(u), problem, form, space, field)
            for field in (SumField((guess, found.field)), guess)
        ]
        free = system.free
        matrix = system.stiffness[free][:, free].toarray()
        adjoint = np.linalg.solve(matrix.T, system.mean(0)[free])
        dual = -system.residual(0.0, np.zeros(system.size))[free] @ adjoint
    assert primal[0] - primal[1] == pytest.approx(dual, rel=1e-8)  # solves to 1e-10


def test_what_it_refuses_and_what_stays_open() -> None:
    answer = guessed(LAPLACE, EXACT + sp.sin(200 * x) * sp.sin(150 * y))
    assert "no part" in (QuantityError(Quantity(u, over="roof")).refuse(answer, "quantity") or "")
    coarse = DefectCorrection(levels=3, largest=4000)
    place = Quantity(u, at={"x": 0.3, "y": 0.6})
    found = QuantityError(place, coarse).certify(answer, "quantity", Monitor())
    assert found.kind == "none" and math.isnan(found.value)


def test_both_certifiers_of_one_number_want_a_quantity() -> None:
    wrong: Any = 3
    for kind in (QuantityError, DualWeighted):
        with pytest.raises(OptionError, match="wanted a quantity of interest; got 3"):
            kind(wrong)
