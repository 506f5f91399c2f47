"""Fluxes and corrections at quadrature points."""

from __future__ import annotations

import math

import numpy as np
import pytest

from residuum.certify.bounds._quadrature import Cells, rule
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of

BOXES = {
    1: Box(x=(0, 2)),
    2: Box(x=(0, 2), y=(1, 2)),
    3: Box(x=(0, 2), y=(1, 2), z=(0, 1)),
}


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("fine", [False, True])
def test_rules_are_positive_and_exact(d: int, fine: bool) -> None:
    points, weights = rule(d, fine)
    assert (weights > 0).all() and (points > 0).all() and (points.sum(axis=0) < 1).all()
    for k in range(6):
        # ∫ x^k over the simplex is k! / (k + d)!.
        exact = math.factorial(k) / math.factorial(k + d)
        # scikit-fem's tables are rounded at 1e-14.
        assert float((weights * points[-1] ** k).sum()) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_divergence_of_fluxes_is_theirs(d: int) -> None:
    cells = Cells(mesh_of(BOXES[d], 0.5))
    flux = np.random.default_rng(31).normal(size=cells.fluxes)
    own = flux[cells.flux_dofs]
    inside = np.einsum("mj,mjq,mq->", own, cells.flux_divergences, cells.weights)
    through = 0.0
    for part in cells.mesh.parts:
        side = cells.side(part)
        through += float(np.einsum("kj,kjq,kq->", flux[side.flux_dofs], side.flux, side.weights))
    # Gauss, for which normal components have to be continuous.
    assert inside == pytest.approx(through, abs=1e-12 * np.abs(flux).sum())


@pytest.mark.parametrize("d", [1, 2, 3])
def test_only_functions_of_a_facet_pass_it(d: int) -> None:
    cells = Cells(mesh_of(BOXES[d], 0.5))
    side = cells.side("x_max")
    own = cells.flux_on(cells.facets("x_max"))
    passing = (side.flux_dofs[:, :, None] == own[:, None, :]).any(axis=2)
    assert np.abs(side.flux[~passing]).max(initial=0) < 1e-12
    assert (side.normals == np.eye(d)[0]).all() and side.points[..., 0].min() == pytest.approx(2)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_barycentric_coordinates_give_the_points(d: int) -> None:
    cells = Cells(mesh_of(BOXES[d], 0.5), fine=True)
    corners = cells.mesh.points[cells.mesh.cells]
    again = np.einsum("mqi,mid->mqd", cells.barycentric, corners)
    assert np.abs(again - cells.points).max() < 1e-14
    assert float(cells.weights.sum()) == pytest.approx(cells.mesh.measure)
