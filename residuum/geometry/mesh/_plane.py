"""Meshes of plane shapes: points along the outline, then the advancing front of Netgen.

Source: J. Schöberl, "NETGEN: An advancing front 2D/3D-mesh generator based on abstract rules",
Comput. Vis. Sci. 1 (1997).
"""

from __future__ import annotations

import numpy as np

from residuum.geometry._abstract import Shape
from residuum.geometry._checks import Array
from residuum.geometry.mesh._mesh import Mesh
from residuum.geometry.mesh._netgen import Frame, plane_mesh
from residuum.geometry.mesh._outline import Outline, Piece, outline
from residuum.geometry.mesh._simplices import Numbers
from residuum.geometry.mesh._spacing import placed, spacing


def plane(shape: Shape, size: float, grading: float) -> Mesh:
    """Return a triangle mesh of a plane shape; see `mesh_of`."""
    edge = outline(shape)
    law = spacing(edge, shape, size, grading)
    points, ends, owner = _chain(edge, [placed(piece, law) for piece in edge.pieces])
    low, high = shape.bounds.T
    frame = Frame((low + high) / 2, float((high - low).max()))
    made = plane_mesh(frame, points, ends, size=size, grading=grading)
    points, cells, facets, side = made
    owner = owner[side]
    points = _rounded(points, facets, owner, edge.pieces)
    names = np.array([piece.part for piece in edge.pieces], dtype=object)[owner]
    parts = {part: facets[names == part] for part in (*shape.parts, *names.tolist())}
    return Mesh(points, cells, parts, axes=shape.axes, shape=shape)


def _chain(edge: Outline, places: list[Array]) -> tuple[Array, Numbers, np.ndarray]:
    """Return points, the straight sides between them (k, 2), and the piece of each side."""
    points, ends, owner = [edge.nodes], [], []
    count = len(edge.nodes)
    for k, (piece, parameters) in enumerate(zip(edge.pieces, places, strict=True)):
        inner = piece.at(parameters[1:-1])
        numbers = np.concatenate(
            [edge.ends[k, :1], count + np.arange(len(inner)), edge.ends[k, 1:]]
        )
        points.append(inner)
        ends.append(np.stack([numbers[:-1], numbers[1:]], axis=1))
        owner.append(np.full(len(numbers) - 1, k))
        count += len(inner)
    return np.concatenate(points), np.concatenate(ends), np.concatenate(owner)


def _rounded(points: Array, facets: Numbers, owner: np.ndarray, pieces: tuple[Piece, ...]) -> Array:
    """Return the points with those that Netgen has put on chords moved onto the arcs."""
    found = points.copy()
    for k, piece in enumerate(pieces):
        if piece.radius:
            mine = np.unique(facets[owner == k])
            away = points[mine] - piece.start
            radius = np.linalg.norm(away, axis=1, keepdims=True)
            off = np.abs(radius[:, 0] - piece.radius) > 1e-13 * piece.radius
            found[mine[off]] = (piece.start + away * (piece.radius / radius))[off]
    return found
