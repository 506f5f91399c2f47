"""Fluxes on the reference simplex: dual to their moments, with the divergences they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from residuum.certify.bounds._raviart_thomas import (
    across,
    barycentric,
    facet_points,
    monomials,
    polynomials,
    powers,
    raviart_thomas,
    rule,
    tangents,
)

SPACES = [(1, 1), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2)]


@pytest.mark.parametrize(("dimension", "order"), SPACES)
def test_moments_on_facets_are_dual(dimension: int, order: int) -> None:
    space = raviart_thomas(dimension, order)
    sizes = {
        1: order + 2,
        2: (order + 1) * (order + 3),
        3: (order + 1) * (order + 2) * (order + 4) // 2,
    }
    assert space.size == sizes[dimension]
    places, weights = rule(dimension - 1, 2 * order + 2)
    rows = []
    for i in range(dimension + 1):
        values, _ = space.at(facet_points(dimension, i, places))
        through = across(values.transpose(0, 2, 1), tangents(dimension, i))
        rows.append((polynomials(dimension - 1, order, places) * weights) @ through.T)
    # Rounding, times the condition of monomials: 1e-12 was measured at order three.
    assert np.abs(np.concatenate(rows) - np.eye(space.on_facets, space.size)).max() < 1e-10


@pytest.mark.parametrize(("dimension", "order"), SPACES)
def test_divergences_are_those_of_the_values(dimension: int, order: int) -> None:
    space = raviart_thomas(dimension, order)
    points, step = np.full((1, dimension), 0.23), 1e-5
    total = np.zeros(space.size)
    for k in range(dimension):
        ahead, behind = (
            space.at(points + sign * step * np.eye(dimension)[k])[0] for sign in (1, -1)
        )
        total += (ahead - behind)[:, k, 0] / (2 * step)
    slopes = space.at(points)[1][:, 0]
    # Central differences are right to step² times a third derivative.
    assert np.abs(total - slopes).max() < 1e-6 * np.abs(slopes).max()


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("degree", [2, 4, 7, 9])
def test_rules_are_exact(dimension: int, degree: int) -> None:
    points, weights = rule(dimension, degree)
    for row in powers(dimension, degree):
        # ∫ x^a y^b z^c over the simplex = a! b! c! / (a + b + c + d)!
        above = math.prod(math.factorial(int(k)) for k in row)
        wanted = above / math.factorial(int(row.sum()) + dimension)
        got = float(monomials(points, row[None])[0] @ weights)
        assert got == pytest.approx(wanted, rel=1e-9)  # tables have about ten digits


def test_polynomials_are_orthonormal_and_hats_sum_to_one() -> None:
    points, weights = rule(2, 6)
    values = polynomials(2, 3, points)
    assert np.abs((values * weights) @ values.T - np.eye(10)).max() < 1e-10
    hats, slopes = barycentric(points)
    assert hats.sum(axis=0) == pytest.approx(1) and slopes.sum(axis=0) == pytest.approx(0)
