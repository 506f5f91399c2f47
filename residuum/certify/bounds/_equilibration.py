"""Fluxes in balance with the load, built patch by patch from a field of finite elements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.certify.bounds._cells import Cells, Places
from residuum.certify.bounds._patches import Condensed, facet_moments
from residuum.certify.bounds._raviart_thomas import (
    RaviartThomas,
    across,
    barycentric,
    polynomials,
    raviart_thomas,
    rule,
)

CHUNK = 8192
"""Cells whose matrices are made at once."""
MORE = 3
"""How far the order of the flux may be above that of the field."""
ROUGH = 0.3
"""Share of the misfit up to which what is no polynomial in the data does not matter."""


@final
@dataclass(frozen=True, eq=False)
class CellFlux:
    """A Raviart–Thomas flux on the cells of a mesh.

    Args:
        space: on the reference cell.
        moments: all moments of each cell, (cells, functions).
    """

    space: RaviartThomas
    moments: np.ndarray

    @property
    def order(self) -> int:
        """Polynomial order of its divergence."""
        return self.space.order

    def at(self, places: Places) -> tuple[np.ndarray, np.ndarray]:
        """Return the flux (cells, d, q) and its divergence (cells, q) at places in all cells."""
        slopes = self.space.at(places.reference)[1]
        divergences = (self.moments @ slopes) / places.jacobians
        return self.on(np.arange(len(self.moments)), places), divergences

    def on(self, rows: np.ndarray, places: Places) -> np.ndarray:
        """Return the flux (rows, d, q) at places in some cells."""
        values, _ = self.space.at(places.reference)
        local = np.tensordot(self.moments[rows], values, 1)
        return times(places.slopes, local) / places.jacobians[:, None]


@final
@dataclass(frozen=True, eq=False)
class Data:
    """What the flux of one unknown answers to, at places in all cells.

    Args:
        inverse: the weight A^-1, (cells or 1, q or 1, d, d).
        flux: of the field, (cells, d, q).
        source: c u - f, the divergence wanted, (cells, q).
    """

    inverse: np.ndarray
    flux: np.ndarray
    source: np.ndarray


@final
@dataclass(frozen=True, eq=False)
class Border:
    """The boundary facets of one unknown.

    Args:
        open: rows of `Cells.border` where the unknown is given and the flux is free.
        fixed: rows where the flux is prescribed.
        part: name of the part of each row.
    """

    open: np.ndarray
    fixed: np.ndarray
    part: np.ndarray


def adapted(
    cells: Cells,
    at: Callable[[int], tuple[Places, Data]],
    border: Border,
    outward: Callable[[int], dict[int, np.ndarray]],
    order: int,
) -> CellFlux:
    """Return the flux in balance, of an order that the data ask for.

    Where A varies, A ∇u is no polynomial, and a flux of the order of the field can be further from
    it than the field from the solution: the order rises until that is small beside the misfit.

    Args:
        cells: the mesh.
        at: places of a degree in all cells, and the data there.
        border: which boundary facets are open.
        outward: prescribed flux on facets, by the degree of its places.
        order: of the field.
    """
    for number in range(order, order + MORE + 1):
        places, data = at(2 * number + 2)
        given = given_moments(cells, border, number, 2 * number + 4, outward(2 * number + 4))
        found = equilibrated(cells, places, data, border, given, number)
        gap = found.at(places)[0] - data.flux
        misfit = float(((gap * times(data.inverse, gap)).sum(axis=1) * places.measures).sum())
        if _roughness(cells, places, data, number) <= ROUGH**2 * misfit:
            break
    return found


def _roughness(cells: Cells, places: Places, data: Data, order: int) -> float:
    """Return the square of what no flux of an order meets: data less their polynomials in cells."""
    basis = polynomials(cells.dimension, order, places.reference)
    flux, source = (
        item - ((item * places.weights) @ basis.T) @ basis for item in (data.flux, data.source)
    )
    steep = np.trace(data.inverse, axis1=-2, axis2=-1) * (cells.diameters[:, None] / np.pi) ** 2
    density = (flux * times(data.inverse, flux)).sum(axis=1) + steep * source**2
    return float((density * places.measures).sum())


def equilibrated(
    cells: Cells, places: Places, data: Data, border: Border, given: np.ndarray, order: int
) -> CellFlux:
    """Return the flux with div q = projection of the source, near that of the field.

    Around every vertex a with hat function ψ: the flux of smallest |A^-1/2 (q - ψ Q)| with
    div q = projection of ψ (c u - f) + ∇ψ · Q and no flux through the outside of the patch; their
    sum is the flux. Cells are condensed to their facets first.

    Args:
        cells: the mesh.
        places: quadrature in all cells.
        data: there.
        border: which boundary facets are open.
        given: moments of the prescribed outward flux times the hats, (facets, d, per facet).
        order: of the flux.
    """
    space = raviart_thomas(cells.dimension, order)
    parts = [
        _condensed(places, data, space, slice(start, start + CHUNK))
        for start in range(0, cells.count, CHUNK)
    ]
    matrix, load, source, lift, rest = (np.concatenate(rows) for rows in zip(*parts, strict=True))
    sign = np.sign(places.jacobians[:, :1])
    cell, local = cells.border
    numbers = cells.facet_numbers[cell, local]
    fixed = np.zeros(len(cells.facets), bool)
    fixed[numbers[border.fixed]] = True
    measures = places.measures.sum(axis=1)
    on = space.on_facets
    moments = facet_moments(
        cells,
        Condensed(
            matrix,
            load,
            sign * space.divergences[:on, 0],
            source,
            given,
            fixed,
            numbers[border.open],
            measures / measures.mean(),
        ),
    )
    outer = moments[cells.facet_numbers].reshape(cells.count, on)
    inner = rest - np.einsum("mzf,mf->mz", lift, outer)
    return CellFlux(space, np.concatenate([outer, inner[:, : space.size - on]], axis=1))


def _condensed(
    places: Places, data: Data, space: RaviartThomas, cut: slice
) -> tuple[np.ndarray, ...]:
    """Return matrix, loads, sources, lift and rest of some cells: see `Condensed`."""
    on, size = space.on_facets, space.size
    mass, load, source = _integrals(places, data, space, cut)
    sign = np.sign(places.jacobians[cut, :1])[..., None]
    divergences = sign * space.divergences
    inner, tests = size - on, source.shape[2] - 1
    saddle = np.zeros((len(mass), inner + tests, inner + tests))
    saddle[:, :inner, :inner] = mass[:, on:, on:]
    saddle[:, :inner, inner:] = divergences[:, on:, 1:]
    saddle[:, inner:, :inner] = divergences[:, on:, 1:].transpose(0, 2, 1)
    edge = np.concatenate([mass[:, on:, :on], divergences[:, :on, 1:].transpose(0, 2, 1)], axis=1)
    right = np.concatenate([load[:, :, on:], source[:, :, 1:]], axis=2)
    every = np.concatenate([edge, right.sum(axis=1)[:, :, None]], axis=2)
    found = np.linalg.solve(saddle, every)
    lift, rest = found[:, :, :on], found[:, :, on]
    matrix = mass[:, :on, :on] - edge.transpose(0, 2, 1) @ lift
    return matrix, load[:, :, :on] - right @ lift, source[:, :, 0], lift, rest


def _integrals(
    places: Places, data: Data, space: RaviartThomas, cut: slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (A^-1 φ, φ), (A^-1 ψ Q, φ) and (ψ (c u - f) + ∇ψ · Q, p) of some cells."""
    reference, weights = places.reference, places.weights
    basis, _ = space.at(reference)
    hats, hat_slopes = barycentric(reference)
    tests = polynomials(space.dimension, space.order, reference)
    slopes, det = places.slopes[cut], places.jacobians[cut]
    inverse = data.inverse if len(data.inverse) == 1 else data.inverse[cut]
    flux, q = data.flux[cut], len(weights)
    metric = slopes.swapaxes(-1, -2) @ inverse @ slopes / np.abs(det)[..., None, None]
    d = space.dimension
    if metric.shape[1] == 1:
        table = np.einsum("ikq,jlq,q->klij", basis, basis, weights).reshape(d * d, -1)
    else:
        metric = metric * weights[:, None, None]
        table = np.einsum("ikq,jlq->qklij", basis, basis).reshape(q * d * d, -1)
    mass = np.broadcast_to(metric.reshape(len(metric), -1) @ table, (len(flux), table.shape[1]))
    pulled = times(slopes.swapaxes(-1, -2), times(inverse, flux))
    pulled = pulled * (weights * np.sign(det))[:, None]
    table = np.einsum("vq,ikq->kqvi", hats, basis).reshape(d * q, -1)
    load = (pulled.reshape(len(flux), -1) @ table).reshape(len(flux), d + 1, -1)
    measures = places.measures[cut]
    table = np.einsum("vq,pq->qvp", hats, tests).reshape(q, -1)
    source = (data.source[cut] * measures) @ table
    turned = times(np.linalg.inv(slopes), flux) * measures[:, None]
    table = np.einsum("vk,pq->kqvp", hat_slopes, tests).reshape(d * q, -1)
    source = source + turned.reshape(len(flux), -1) @ table
    shape = (len(flux), d + 1, -1)
    return mass.reshape(len(flux), space.size, -1), load, source.reshape(shape)


def times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return matrices (cells or 1, q or 1, n, m) times vectors (cells, m, q), (cells, n, q).

    Row by row: far faster than many small products.
    """
    rows, columns = matrices.shape[2:]
    found = np.empty((len(vectors), rows, vectors.shape[2]))
    for i in range(rows):
        found[:, i] = sum(matrices[..., i, k] * vectors[:, k] for k in range(columns))
    return found


def given_moments(
    cells: Cells, border: Border, order: int, degree: int, outward: dict[int, np.ndarray]
) -> np.ndarray:
    """Return moments of hats times a prescribed outward flux, (facets, d, per facet).

    Args:
        cells: the mesh.
        border: its fixed rows are read.
        order: of the flux.
        degree: of the quadrature that gave the values.
        outward: values (facets, q) by local facet.
    """
    d, space = cells.dimension, raviart_thomas(cells.dimension, order)
    found = np.zeros((len(cells.facets), d, space.per_facet))
    cell = cells.border[0]
    for i, (rows, places) in cells.on_border(degree, border.fixed).items():
        size, sign = facet_scale(cells, i, cell[rows], places)
        hats = np.delete(barycentric(places.reference)[0], i, axis=0)
        tests = polynomials(d - 1, order, rule(d - 1, degree)[0])
        weighted = outward[i] * size * sign[:, None] * places.weights
        found[cells.facet_numbers[cell[rows], i]] = np.einsum(
            "mq,jq,pq->mjp", weighted, hats, tests
        )
    return found


def facet_scale(
    cells: Cells, local: int, rows: np.ndarray, places: Places
) -> tuple[np.ndarray, np.ndarray]:
    """Return how facets are stretched (rows, q or 1), and the sign of their normal (rows,)."""
    sides = cells.sides(places, local)
    normal = _normals(sides)
    corners = cells.nodes[cells.corners[rows]]
    inward = corners[:, local] - np.delete(corners, local, axis=1)[:, 0]
    sign = -np.sign(across(inward[:, None], sides[:, :1]))[:, 0]
    return np.linalg.norm(normal, axis=2), sign


def _normals(sides: np.ndarray) -> np.ndarray:
    """Return vectors N with N · v = det [v, sides], (rows, q, d)."""
    d = sides.shape[-1]
    return np.stack([across(np.eye(d)[k], sides) for k in range(d)], axis=-1)


def outward_normals(
    cells: Cells, local: int, rows: np.ndarray, places: Places
) -> tuple[np.ndarray, np.ndarray]:
    """Return outward unit normals (rows, q, d) and what each place stands for (rows, q)."""
    size, sign = facet_scale(cells, local, rows, places)
    normal = _normals(cells.sides(places, local)) / size[..., None] * sign[:, None, None]
    q = len(places.weights)
    return np.broadcast_to(normal, (len(rows), q, normal.shape[2])), size * places.weights
