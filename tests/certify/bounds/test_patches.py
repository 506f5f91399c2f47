"""Small problems around vertices: hats that share the work, all patches at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.certify.bounds import _patches as module
from residuum.certify.bounds._cells import Cells
from residuum.certify.bounds._patches import Condensed, facet_moments
from residuum.geometry import Box
from tests.certify.bounds._manufactured import BUMP, diffusion, solved

SQUARE = Box(x=(0, 1), y=(0, 1))


def parts_of(cells: Cells, *, held: bool) -> Condensed:
    """Return a lowest-order problem: unit weights, a source of one shared by the corners."""
    number, local = cells.border
    border = cells.facet_numbers[number, local]
    fixed = np.zeros(len(cells.facets), bool)
    fixed[border] = not held
    m = cells.count
    # Facets run from lower to higher vertices: outflow is +1 or -1 from either side.
    corners = cells.nodes[cells.corners]
    outflow = np.empty((m, 3))
    for i in range(3):
        a, b = np.delete(corners, i, axis=1).transpose(1, 0, 2)
        inward = corners[:, i] - a
        outflow[:, i] = -np.sign(inward[:, 0] * (b - a)[:, 1] - inward[:, 1] * (b - a)[:, 0])
    area = cells.inside(1).measures.sum(axis=1)
    source = np.repeat(area[:, None] / 3, 3, axis=1)
    return Condensed(
        np.broadcast_to(np.eye(3), (m, 3, 3)),
        np.zeros((m, 3, 3)),
        outflow,
        source,
        np.zeros((len(cells.facets), 2, 1)),
        fixed,
        border if held else np.zeros(0, int),
        area / area.mean(),
    )


def cells_of_square() -> Cells:
    field: Any = solved(diffusion(SQUARE, BUMP), 1, 0.25).field
    return Cells(field)


def test_the_sum_of_all_patches_meets_the_source() -> None:
    cells = cells_of_square()
    # Patches inside have no way out for a source of one: there it is taken from the next cells.
    parts = parts_of(cells, held=True)
    hats = np.zeros((cells.count, 3))
    inner = ~np.isin(cells.corners, cells.facets[parts.open])
    hats[~inner] = parts.source[~inner]
    moments = facet_moments(
        cells,
        Condensed(
            parts.matrix,
            parts.load,
            parts.outflow,
            hats,
            parts.given,
            parts.fixed,
            parts.open,
            parts.measures,
        ),
    )
    net = (parts.outflow * moments[cells.facet_numbers][..., 0]).sum(axis=1)
    assert net == pytest.approx(hats.sum(axis=1), abs=1e-12)


def test_what_cannot_be_met_is_spread_by_measure() -> None:
    cells = cells_of_square()
    parts = parts_of(cells, held=False)
    moments = facet_moments(cells, parts)
    net = (parts.outflow * moments[cells.facet_numbers][..., 0]).sum(axis=1)
    # Nothing leaves: a source of one cannot be met at all, and is spread over the same cells.
    assert net == pytest.approx(0, abs=1e-12)
    assert np.abs(moments[parts.fixed]).max() == 0


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = cells_of_square()
    parts = parts_of(cells, held=True)
    whole = facet_moments(cells, parts)
    monkeypatch.setattr(module, "BATCH", 1)
    assert facet_moments(cells, parts) == pytest.approx(whole)
