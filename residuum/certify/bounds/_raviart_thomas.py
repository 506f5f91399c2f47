"""Raviart–Thomas fluxes of any order on the reference simplex, of any dimension."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any, final

import numpy as np
import skfem.quadrature
from skfem.refdom import RefLine, RefTet, RefTri

from residuum._core import Source

DOMAINS = {1: RefLine, 2: RefTri, 3: RefTet}
LISTED = 8
"""Degree from which on rules on tetrahedra are products."""
RAVIART_THOMAS = Source(
    "raviart-thomas",
    "A mixed finite element method for second order elliptic problems",
    "P.-A. Raviart, J. M. Thomas",
    1977,
    "doi:10.1007/BFb0064470",
    "verified",
)


@cache
def rule(dimension: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points (n, d) and weights (n,) on the reference simplex, exact to a degree."""
    if dimension == 0:
        return np.zeros((1, 0)), np.ones(1)
    # In space scikit-fem's rules are exact to one degree less than they say from five on.
    if dimension == 3:
        return _collapsed(degree) if degree >= LISTED else _listed(3, degree + 1)
    return _listed(dimension, degree)


def _listed(dimension: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    points, weights = skfem.quadrature.get_quadrature(DOMAINS[dimension], degree)
    return np.asarray(points).T, np.asarray(weights)


def _collapsed(degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rule of a cube collapsed into a tetrahedron."""
    from scipy.special import roots_jacobi  # it takes a while to import

    axes = [roots_jacobi(degree // 2 + 1, power, 0) for power in (2, 1, 0)]
    u, v, w = np.meshgrid(*((1 + nodes) / 2 for nodes, _ in axes), indexing="ij")
    parts = [
        weights / 2 ** (power + 1) for (_, weights), power in zip(axes, (2, 1, 0), strict=True)
    ]
    points = np.stack([u, v * (1 - u), w * (1 - u) * (1 - v)], axis=-1).reshape(-1, 3)
    return points, np.einsum("i,j,k->ijk", *parts).ravel()


@cache
def powers(dimension: int, order: int) -> np.ndarray:
    """Return the exponents of the monomials up to an order, (functions, d), lowest first."""
    if dimension == 0:
        return np.zeros((1, 0), int)
    every = np.array(list(itertools.product(range(order + 1), repeat=dimension)), int)
    every = every[every.sum(axis=1) <= order]
    return every[np.argsort(every.sum(axis=1), kind="stable")]


def monomials(points: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """Return monomials at points (n, d), (functions, n)."""
    return np.prod(points[None] ** exponents[:, None], axis=2)


@cache
def _orthonormal(dimension: int, order: int) -> np.ndarray:
    points, weights = rule(dimension, 2 * order)
    values = monomials(points, powers(dimension, order))
    return np.linalg.inv(np.linalg.cholesky((values * weights) @ values.T))


def polynomials(dimension: int, order: int, points: np.ndarray) -> np.ndarray:
    """Return orthonormal polynomials up to an order at points, the constant first."""
    return _orthonormal(dimension, order) @ monomials(points, powers(dimension, order))


def facet_points(dimension: int, facet: int, points: np.ndarray) -> np.ndarray:
    """Return places on the facet opposite to a vertex, from the reference simplex below."""
    corners = _corners(dimension, facet)
    return corners[0] + points @ (corners[1:] - corners[0])


def tangents(dimension: int, facet: int) -> np.ndarray:
    """Return the sides of a reference facet from its first vertex, (d - 1, d)."""
    corners = _corners(dimension, facet)
    return np.asarray(corners[1:] - corners[0])


def _corners(dimension: int, facet: int) -> np.ndarray:
    every = np.concatenate([np.zeros((1, dimension)), np.eye(dimension)])
    return np.delete(every, facet, axis=0)


def across(vectors: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Return det [v, sides]: the flux of vectors (..., d) through sides (..., d - 1, d)."""
    shape = np.broadcast_shapes(vectors.shape[:-1], sides.shape[:-2])
    d = vectors.shape[-1]
    rows = np.concatenate(
        [
            np.broadcast_to(vectors[..., None, :], (*shape, 1, d)),
            np.broadcast_to(sides, (*shape, d - 1, d)),
        ],
        axis=-2,
    )
    return np.asarray(np.linalg.det(rows))


@final
class RaviartThomas:
    """The space P_k^d + x P_k of fluxes, by moments on facets, then moments inside.

    A flux is mapped to a cell by F' q / det F'. Its moments on a facet, against the orthonormal
    polynomials in the barycentric coordinates of the facet's vertices in ascending order, are then
    the same from both sides.

    Args:
        dimension: 1, 2 or 3.
        order: k, from 0.
    """

    def __init__(self, dimension: int, order: int) -> None:
        self.dimension, self.order = dimension, order
        self.per_facet = math.comb(order + dimension - 1, dimension - 1)
        self.on_facets = (dimension + 1) * self.per_facet
        points, weights = rule(dimension, 2 * order + 2)
        rows = [self._facet_moments(i) for i in range(dimension + 1)]
        if order:
            values, _ = self._raw(points)
            tests = polynomials(dimension, order - 1, points) * weights
            inner = np.einsum("ikn,jn->kji", values, tests)
            rows.append(inner.reshape(-1, inner.shape[2]))
        self._table = np.linalg.inv(np.concatenate(rows)).T
        _, slopes = self.at(points)
        self.divergences = slopes @ (polynomials(dimension, order, points) * weights).T

    @property
    def size(self) -> int:
        """Number of functions."""
        return len(self._table)

    def at(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values (functions, d, n) and divergences (functions, n) at reference points."""
        values, slopes = self._raw(points)
        return np.tensordot(self._table, values, 1), self._table @ slopes

    def _raw(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        d, order = self.dimension, self.order
        exponents = powers(d, order)
        plain = monomials(points, exponents)
        values, slopes = [], []
        for k in range(d):
            for row, value in zip(exponents, plain, strict=True):
                vector = np.zeros((d, len(points)))
                vector[k] = value
                lower = np.maximum(row - np.eye(d, dtype=int)[k], 0)
                values.append(vector)
                slopes.append(row[k] * monomials(points, lower[None])[0])
        for row, value in zip(exponents, plain, strict=True):
            if row.sum() == order:
                values.append(points.T * value)
                slopes.append((d + order) * value)
        return np.stack(values), np.stack(slopes)

    def _facet_moments(self, facet: int) -> np.ndarray:
        d = self.dimension
        places, weights = rule(d - 1, 2 * self.order)
        values, _ = self._raw(facet_points(d, facet, places))
        through = across(values.transpose(0, 2, 1), tangents(d, facet))
        tests = polynomials(d - 1, self.order, places) * weights
        return np.asarray(tests @ through.T)


@cache
def raviart_thomas(dimension: int, order: int) -> RaviartThomas:
    """Return the space of an order, made once."""
    return RaviartThomas(dimension, order)


def barycentric(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hat functions (d + 1, n) at reference points, and their slopes (d + 1, d)."""
    d = points.shape[1]
    values = np.concatenate([1 - points.sum(axis=1, keepdims=True), points], axis=1).T
    slopes: Any = np.concatenate([-np.ones((1, d)), np.eye(d)])
    return values, slopes
