"""Fluxes in balance: their divergence and what crosses the boundary."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.certify.bounds import _balance as module
from residuum.certify.bounds._balance import sorted_border
from residuum.certify.bounds._cells import Cells
from residuum.certify.bounds._equilibration import (
    adapted,
    equilibrated,
    given_moments,
    outward_normals,
    times,
)
from residuum.certify.bounds._statement import Statement, read_statement
from residuum.geometry import Box
from tests.certify.bounds._manufactured import X, Y, diffusion, solved

SQUARE = Box(x=(0, 1), y=(0, 1))
EXACT = X**2 * Y + Y**2


@pytest.mark.parametrize("order", [1, 2])
def test_the_divergence_is_that_of_the_equation(order: int) -> None:
    sides = {"x_max": "n", "y_max": "n"}
    problem = diffusion(SQUARE, EXACT, sides=sides)
    field: Any = solved(problem, order, 0.3).field
    cells, statement = Cells(field), read_statement(problem)
    assert isinstance(statement, Statement)
    border = sorted_border(cells, statement, 0)
    assert not isinstance(border, str)
    places = cells.inside(6)
    data = module._data(statement, places)
    assert not isinstance(data, str)
    outward = module.prescribed_flux(cells, statement, border, 6)
    given = given_moments(cells, border, order, 6, outward)
    flux = equilibrated(cells, places, data, border, given, order)
    # f = -2 y - 2 is in the space of the divergences: balance is exact but for rounding.
    _, divergences = flux.at(places)
    assert np.abs(divergences - data.source).max() < 1e-9
    for i, (rows, where) in cells.on_border(6, border.fixed).items():
        own = cells.border[0][rows]
        normals, _ = outward_normals(cells, i, own, where)
        crossing = (flux.on(own, where) * normals.transpose(0, 2, 1)).sum(axis=1)
        # ∂u/∂n is 2 y at x = 1, and x² + 2 at y = 1: parabolas need order two.
        room = 0.1 if order == 1 else 1e-9
        assert np.abs(crossing - outward[i]).max() < room


def test_the_order_rises_where_the_tensor_varies() -> None:
    found = []
    for tensor in (1, 1 + sp.sin(6 * X * Y) / 2):
        problem = diffusion(SQUARE, EXACT, tensor=tensor)
        field: Any = solved(problem, 2, 0.5).field
        cells, statement = Cells(field), read_statement(problem)
        assert isinstance(statement, Statement)
        border = sorted_border(cells, statement, 0)
        assert not isinstance(border, str)
        flux = adapted(
            cells,
            partial(module._at, cells, statement),
            border,
            partial(module.prescribed_flux, cells, statement, border),
            2,
        )
        found.append(flux.order)
    assert found[0] == 2 and found[1] > 2


def test_products_by_rows_are_products() -> None:
    random = np.random.default_rng(23)
    vectors = random.normal(size=(5, 3, 4))
    for shape in ((1, 1, 2, 3), (5, 1, 2, 3), (5, 4, 2, 3)):
        matrices = random.normal(size=shape)
        wanted = np.einsum("mqij,mjq->miq", np.broadcast_to(matrices, (5, 4, 2, 3)), vectors)
        assert times(matrices, vectors) == pytest.approx(wanted)
