"""Enclosed eigenvalues: below the true ones, and converging to them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from residuum.certify.bounds._crouzeix_raviart import kappa, least_eigenvalue
from residuum.certify.bounds._raviart_thomas import facet_points, powers, rule
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of

SIDES = ("x_min", "x_max", "y_min", "y_max")


@pytest.mark.parametrize(
    ("held", "value"),
    [
        (SIDES, 2 * math.pi**2),
        (SIDES[:2], math.pi**2),
        (SIDES[:1], math.pi**2 / 4),
        ((), math.pi**2),
    ],
)
def test_squares_from_below_at_second_order(held: tuple[str, ...], value: float) -> None:
    square = Box(x=(0, 1), y=(0, 1))
    gaps = [value - least_eigenvalue(mesh_of(square, 1 / n), held) for n in (8, 16)]
    assert gaps[0] > 0 and gaps[1] > 0
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.1)  # measured: 3.93 to 3.99


def test_lines_and_cubes_from_below() -> None:
    line = mesh_of(Box(x=(0, 2)), 0.1)
    found = least_eigenvalue(line, ("x_min", "x_max"))
    # Measured: 0.05 % below.
    assert 0.999 * math.pi**2 / 4 < found < math.pi**2 / 4
    cube = mesh_of(Box(x=(0, 1), y=(0, 1), z=(0, 1)), 0.25)
    # Measured: 0.93 of the value on so coarse a mesh.
    assert 0.9 * math.pi**2 / 4 < least_eigenvalue(cube, ("z_max",)) < math.pi**2 / 4


@pytest.mark.parametrize("dimension", [2, 3])
def test_what_interpolation_at_facets_costs(dimension: int) -> None:
    # Polynomials up to degree five whose means over facets are zero, on random simplices: they give
    # the best constant from below.
    from scipy.linalg import eigh, null_space

    random, d, found = np.random.default_rng(53), dimension, []
    points, weights = rule(d, 10)
    exponents = powers(d, 5)
    values = np.prod(points[None] ** exponents[:, None], axis=2)
    lower = [np.maximum(exponents - np.eye(d, dtype=int)[k], 0) for k in range(d)]
    slopes = np.stack(
        [
            exponents[:, k : k + 1] * np.prod(points[None] ** lower[k][:, None], axis=2)
            for k in range(d)
        ]
    )
    inner, sizes = rule(d - 1, 6)
    means = [
        np.prod(facet_points(d, i, inner)[None] ** exponents[:, None], axis=2) @ sizes
        for i in range(d + 1)
    ]
    basis = null_space(np.array(means)).T
    for _ in range(12):
        corners = random.uniform(size=(d + 1, d))
        edges = corners[:, None] - corners[None]
        inverse = np.linalg.inv((corners[1:] - corners[0]).T)
        steep = np.einsum("kfq,ki,bf->ibq", slopes, inverse, basis)
        size = (basis @ values * weights) @ (basis @ values).T
        energy = np.einsum("ibq,icq,q->bc", steep, steep, weights)
        best = math.sqrt(eigh(size, energy, eigvals_only=True)[-1])
        found.append(best / (kappa(d) * np.linalg.norm(edges, axis=2).max()))
    # Measured: at most 0.52 of the proved constant in the plane and 0.44 in space.
    assert max(found) < 1
