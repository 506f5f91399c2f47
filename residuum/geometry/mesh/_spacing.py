"""How long edges should be along an outline, and points placed accordingly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.geometry._abstract import Shape
from residuum.geometry._checks import Array
from residuum.geometry.mesh._outline import Outline, Piece

PER_TURN = 24
"""Elements around a full circle, at least."""
PER_ARC = 3
"""Elements along each round piece, at least."""
CORNER = 0.25
"""Size at a re-entrant corner, as a share of the size asked for."""
THINNEST = 1 / 64
"""Narrow passages are resolved down to this share of the size asked for."""
_REENTRANT = np.pi * 1.05
_CHUNK = 2**22


@final
@dataclass(frozen=True, eq=False)
class Spacing:
    """The length of edges over the plane: small at some places, growing away from them.

    Args:
        places: (s, 2) where it is small.
        sizes: (s,) the length there.
        size: the length far from them.
        grading: growth per distance.
    """

    places: Array
    sizes: Array
    size: float
    grading: float

    def at(self, points: Array) -> Array:
        """Return the length of edges (n,) at points (n, 2)."""
        found = np.full(len(points), self.size)
        if not len(self.places):
            return found
        step = max(1, _CHUNK // len(self.places))
        for start in range(0, len(points), step):
            here = points[start : start + step]
            away = np.linalg.norm(here[:, None] - self.places, axis=2)
            grown = (self.sizes + self.grading * away).min(axis=1)
            found[start : start + step] = np.minimum(grown, self.size)
        return found


def spacing(edge: Outline, shape: Shape, size: float, grading: float) -> Spacing:
    """Return the spacing of a shape: small at re-entrant corners, on arcs, in passages."""
    corners = edge.angles > _REENTRANT
    places = [edge.nodes[corners]]
    sizes = [np.full(int(corners.sum()), CORNER * size)]
    for piece in edge.pieces:
        most = _on_arc(piece)
        if most < size:
            places.append(piece.at(np.linspace(*piece.span, 2 * PER_TURN // 4 + 1)))
            sizes.append(np.full(len(places[-1]), most))
    gaps = _gaps(edge, shape, size)
    every, lengths = np.concatenate([*places, gaps[0]]), np.concatenate([*sizes, gaps[1]])
    # Where many agree one is enough.
    cell = np.round(every / (0.25 * lengths[:, None])) if len(every) else every
    _, first = np.unique(np.column_stack([cell, lengths]), axis=0, return_index=True)
    return Spacing(every[first], lengths[first], size, grading)


def placed(piece: Piece, law: Spacing) -> Array:
    """Return parameters from first to last of a piece, its edges as long as the spacing says."""
    share = np.linspace(0, 1, 17)
    a, b = piece.span
    while True:
        middles = (share[1:] + share[:-1]) / 2
        wanted = np.minimum(law.at(piece.at(a + (b - a) * middles)), _on_arc(piece))
        count = np.diff(share) * piece.length / wanted
        if (count <= 1).all():
            break
        share = np.sort(np.concatenate([share, middles[count > 1]]))
    total = np.append(0, np.cumsum(count))
    pieces = max(1, int(np.ceil(total[-1] * (1 - 1e-9))))
    return np.asarray(a + (b - a) * np.interp(np.linspace(0, total[-1], pieces + 1), total, share))


def _on_arc(piece: Piece) -> float:
    if not piece.radius:
        return np.inf
    return min(2 * np.pi * piece.radius / PER_TURN, piece.length / PER_ARC)


def _gaps(edge: Outline, shape: Shape, size: float) -> tuple[Array, Array]:
    """Return points (g, 2) on the sides of narrow passages and the size that fits twice across."""
    # SciPy is slow to import.
    from scipy.spatial import cKDTree

    places, owners = [], []
    for k, piece in enumerate(edge.pieces):
        n = max(5, int(np.ceil(piece.length / (size / 4))))
        places.append(piece.at(np.linspace(*piece.span, n + 2)[1:-1]))
        owners.append(np.full(n, k))
    points, owner = np.concatenate(places), np.concatenate(owners)
    tree = cKDTree(points)
    near = tree.query_pairs(2 * size, output_type="ndarray")
    ends = edge.ends[owner[near]]
    near = near[~(ends[:, 0, :, None] == ends[:, 1, None, :]).any(axis=(1, 2))]
    if not near.size:
        return np.zeros((0, 2)), np.zeros(0)
    across = shape.signed_distance(points[near].mean(axis=1)) < 0
    near = near[across]
    width = np.linalg.norm(points[near[:, 0]] - points[near[:, 1]], axis=1)
    least = np.full(len(points), np.inf)
    for side in (0, 1):
        np.minimum.at(least, near[:, side], width)
    tight = least < 1.8 * size
    return points[tight], np.maximum(least[tight] / 2, THINNEST * size)
