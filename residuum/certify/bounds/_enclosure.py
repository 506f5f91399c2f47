"""A mesh that covers its domain: chords of round parts are moved outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.geometry.mesh import Mesh
from residuum.geometry.mesh._simplices import facet_keys, facets_of, volumes
from residuum.geometry.mesh._surfaces import Surface

TOUCHING = 1e-9
"""A facet may cut that share of the domain's size off by rounding."""


@final
@dataclass(frozen=True, eq=False)
class Cover:
    """A mesh that covers the domain.

    Args:
        mesh: the mesh.
        curved: names of the parts that are not the boundary itself but lie outside of it.
        gap: why it may not cover the domain; empty where it does.
        round: the surfaces of these parts, each with its facets (k, d).
    """

    mesh: Mesh
    curved: tuple[str, ...] = ()
    gap: str = ""
    round: tuple[tuple[Surface, np.ndarray], ...] = ()


def cover(mesh: Mesh) -> Cover:
    """Return a mesh of the same cells that covers the domain of the mesh's shape.

    The chords of a hole lie in the hole. Those of an arc seen from inside cut the domain: its
    vertices move away from its centre until the chords are tangents or further out.
    """
    if not mesh.curved or mesh.dimension == 1:
        return Cover(mesh)
    points = mesh.points.copy()
    round_ones = tuple((s, facets) for s, facets in mesh._held if not s.flat and len(facets))
    curved = dict.fromkeys(surface.part for surface, _ in round_ones)
    for surface, facets in round_ones:
        inner = facets[surface.gap(_middles(mesh, facets)) < 0]
        if len(inner):
            nodes = np.unique(inner)
            # A vertex goes as far as the widest facet at it asks for.
            factor = np.ones(len(points))
            own = surface.radius / _distances(mesh.points[inner] * surface.columns, surface)
            np.maximum.at(factor, inner, np.broadcast_to(own[:, None], inner.shape))
            away = (mesh.points[nodes] - surface.center) * surface.columns
            points[nodes] += (factor[nodes] * (1 + 1e-12) - 1)[:, None] * away
    if (volumes(points, mesh.cells) <= 0).any():
        return Cover(mesh, tuple(curved), "cells turn over where the mesh is drawn around it")
    moved = Mesh(points, mesh.cells, dict(mesh.parts), axes=mesh.axes)
    return Cover(moved, tuple(curved), _gap(mesh, moved), round_ones)


def _middles(mesh: Mesh, facets: np.ndarray) -> np.ndarray:
    """Return the middle (k, d) of the cell of each boundary facet."""
    count = len(mesh.points)
    every, own = facets_of(mesh.cells), np.sort(facets, axis=1)
    keys = facet_keys(np.concatenate([every, own]), count)
    order = np.argsort(keys[: len(every)])
    place = order[np.searchsorted(keys[: len(every)][order], keys[len(every) :])]
    middles: np.ndarray = mesh.points[mesh.cells[place % len(mesh.cells)]].mean(axis=1)
    return middles


def _distances(corners: np.ndarray, surface: Surface) -> np.ndarray:
    """Return the distances (k,) of the planes of facets (k, d, d) from the centre."""
    sides = corners[:, 1:] - corners[:, :1]
    away = surface.center * surface.columns - corners[:, 0]
    # What is left of the way to the centre when its part in the plane is taken off.
    inside = np.einsum("kid,kd->ki", sides, away)
    gram = np.einsum("kid,kjd->kij", sides, sides)
    share = np.einsum("kij,kj->ki", np.linalg.pinv(gram), inside)
    rest = away - np.einsum("ki,kid->kd", share, sides)
    found: np.ndarray = np.linalg.norm(rest, axis=1)
    return found


def _gap(mesh: Mesh, moved: Mesh) -> str:
    """Return why a mesh may not cover the shape of another."""
    shape = mesh.shape
    assert shape is not None
    if sum(len(facets) for _, facets in mesh._held) < len(mesh.boundary()):
        return "parts of the mesh's boundary lie on no surface of the domain"
    size = float(np.ptp(shape.bounds, axis=1).max())
    for surface, facets in mesh._held:
        if surface.flat and np.abs(surface.gap(moved.points[facets.ravel()])).max() > 1e-9 * size:
            return "a round part meets a flat one at a corner that the mesh cannot be drawn around"
    inside = np.setdiff1d(np.arange(len(moved.points)), moved.boundary())
    if len(inside) and shape.signed_distance(moved.points[inside]).max() >= 0:
        return "the mesh is too coarse: cells that do not touch its boundary lie outside"
    corners = moved.points[moved.boundary()]
    d = mesh.dimension
    for share in (*(np.full(d, 1.0) + 7 * np.eye(d)), np.ones(d)):
        places = np.einsum("i,kid->kd", share / share.sum(), corners)
        if shape.signed_distance(places).min() < -TOUCHING * size:
            return "a part of the domain lies outside of the mesh"
    return ""
