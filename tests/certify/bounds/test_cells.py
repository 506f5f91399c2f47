"""The mesh of an element field: values, slopes, facets and curved cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.certify.bounds._cells import Cells, lagrange
from residuum.certify.bounds._raviart_thomas import rule
from residuum.geometry import Box, Disc
from tests.certify.bounds._manufactured import WAVE, diffusion, solved

SQUARE = Box(x=(0, 1), y=(0, 1))


def cells_of(shape: Any, order: int) -> Cells:
    field: Any = solved(diffusion(shape, WAVE), order, 0.3).field
    return Cells(field)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_values_are_those_of_the_field(order: int) -> None:
    cells = cells_of(SQUARE, order)
    places = cells.inside(4)
    points = places.points.reshape(2, -1).T
    assert places.values[0].ravel() == pytest.approx(cells.field.numeric(points)[:, 0])
    assert float(places.measures.sum()) == pytest.approx(1)
    assert cells.conforming(0) and not cells.curved


def test_gradients_are_those_of_the_answer() -> None:
    places = cells_of(SQUARE, 3).inside(4)
    x, y = places.points
    # Measured: 6e-3 on this mesh.
    assert np.abs(places.gradients[0][:, 0] - 3 * np.cos(3 * x + 1) * np.exp(y)).max() < 3e-2


def test_facets_are_numbered_once() -> None:
    cells = cells_of(SQUARE, 1)
    assert len(cells.facets) == len(cells.nodes) + cells.count - 1  # Euler
    number, local = cells.border
    facets = cells.facets[cells.facet_numbers[number, local]]
    middle = cells.nodes[facets].mean(axis=1)
    assert ((middle == 0) | (middle == 1)).any(axis=1).all()
    rows = np.arange(len(number))
    length = 0.0
    for i, (_, places) in cells.on_border(2, rows).items():
        sides = cells.sides(places, i)
        length += float((np.linalg.norm(sides[:, :, 0], axis=2) * places.weights).sum())
    assert length == pytest.approx(4)


def test_curved_cells_are_seen() -> None:
    cells = cells_of(Disc((0, 0), 1), 2)
    assert cells.curved and cells.conforming(0)
    # The circle by parabolas: the area is right to the fourth order in 1/24 of a turn.
    assert float(cells.inside(4).measures.sum()) == pytest.approx(np.pi, rel=1e-4)


def test_torn_fields_are_seen() -> None:
    cells = cells_of(SQUARE, 2)
    field: Any = cells.field
    torn = np.arange(np.asarray(field.dofs[0]).size).reshape(np.asarray(field.dofs[0]).shape)
    values = np.asarray(field.values[0])[np.asarray(field.dofs[0])].ravel()
    made = type(field)(
        field.nodes, field.cells, (torn,), (values,), field.knots, field.orders, field.axes, 0
    )
    assert not Cells(made).conforming(0)


def test_reference_functions_sum_to_one() -> None:
    values, slopes = lagrange(2, 3, rule(2, 4)[0])
    assert values.sum(axis=0) == pytest.approx(1) and np.abs(slopes.sum(axis=0)).max() < 1e-12
