"""Polygons without holes, convex or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._abstract import BOUNDARY, Shape
from residuum.geometry._checks import Array, Mask, Placed, checked_axes, checked_name
from residuum.geometry._draw import blend
from residuum.geometry._rfunctions import equivalence, number, product, symbols, trim
from residuum.geometry._ring import area, check_simple, inside_of, line, turns


@final
@dataclass(frozen=True)
class Polygon(Shape):
    """The inside of a closed chain of straight edges.

    Its parts are ``edge_0`` (first to second vertex), ``edge_1``, …, or the one ``name`` when
    given. Time grows with the number of edges m for points, with m² for expressions: a few
    hundred edges at most.

    Args:
        vertices: three or more, (m, 2), clockwise or not, the first not repeated at the end.
        axes: names of the two coordinates.
        name: one name for the whole boundary instead of one per edge.

    Raises:
        DomainError: fewer than three vertices, repeated ones, no area, or crossing edges.
    """

    vertices: Sequence[Sequence[float]]
    axes: tuple[str, ...] = field(default=("x", "y"), kw_only=True)
    name: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        corners = np.array([[float(c) for c in vertex] for vertex in self.vertices])
        if corners.ndim != 2 or corners.shape[0] < 3 or corners.shape[1] != 2:
            remedy = "List the corners in order: Polygon([(0, 0), (1, 0), (0, 1)])."
            raise DomainError("three vertices (x, y) or more", f"shape {corners.shape}", remedy)
        check_simple(corners)
        object.__setattr__(self, "vertices", tuple((float(x), float(y)) for x, y in corners))
        object.__setattr__(self, "axes", checked_axes(self.axes, 2))
        if self.name is not None:
            checked_name(self.name)

    @property
    def bounds(self) -> Array:
        """Box around it, (2, 2)."""
        corners = self._corners
        return np.stack([corners.min(axis=0), corners.max(axis=0)], axis=1)

    @property
    def parts(self) -> tuple[str, ...]:
        """``edge_0``, ``edge_1``, …, or the one name given."""
        if self.name is not None:
            return (self.name,)
        return tuple(f"edge_{k}" for k in range(len(self.vertices)))

    @cached_property
    def convex(self) -> bool:
        """Whether no corner turns outward."""
        return bool((turns(self._corners) * self._turn >= 0).all())

    def signed_distance(self, points: ArrayLike) -> Array:
        """Return the exact signed distance (n,); see `Shape.signed_distance`."""
        array = self._points(points)
        distance = self._edge_distances(array).min(axis=0)
        inside = np.zeros(len(array), dtype=bool)
        # A ray to the right crosses the boundary an odd number of times from inside.
        x, y = array.T
        for (ax, ay), (bx, by) in zip(*self._ends, strict=True):
            level = (ay > y) != (by > y)
            inside ^= level & (x < ax + (y - ay) * (bx - ax) / (by - ay if by != ay else 1.0))
        signed: Array = np.where(inside, -distance, distance)
        return signed

    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, 2) from the nearest edge; see `Shape.inward_normal`."""
        distances = self._edge_distances(self._points(points))
        tie = distances.min(axis=0) + self._tolerance(None)
        starts, ends = self._ends
        along = (ends - starts) / np.linalg.norm(ends - starts, axis=1, keepdims=True)
        inward = self._turn * np.stack([-along[:, 1], along[:, 0]], axis=1)
        normals = np.broadcast_to(inward[:, None], (*distances.shape, 2))
        return blend(normals, distances <= tie)

    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) is on the edge; see `Shape.on_part`."""
        chosen = self._chosen(part)
        distance = self._edge_distances(self._points(points))[chosen].min(axis=0)
        near: Mask = distance <= self._tolerance(tolerance)
        return near

    def measure(self) -> float:
        """Return the exact area."""
        return abs(area(self._corners))

    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the exact length of an edge, or of all."""
        return float(self._lengths[self._chosen(part)].sum())

    def implicit(self) -> Expr:
        """Return the signed function of the polygon, built from its hull and pockets."""
        return inside_of(self._ring, symbols(self.axes))

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return a distance to an edge or to all edges; see `Shape.distance`.

        An edge of a convex polygon gives its line, smooth everywhere; an edge of another one is
        trimmed and not differentiable on the edge itself. The whole boundary is a product of
        lines when convex, else the signed function.
        """
        if self._known(part) == BOUNDARY or self.name is not None:
            if normalised or not self.convex:
                return self.implicit()
            lines = [self._line(k) for k in range(len(self.vertices))]
            return product(lines, self.axes, self._corners.mean(axis=0))
        return self._line(self.parts.index(part)) if self.convex else self._trimmed(part)

    def segment_distance(self, power: int = 1) -> Expr:
        """Return the trimmed distances to all edges, joined by 1/φ^m = Σ 1/φ_i^m.

        Positive on both sides and normalised to order m, but 0/0 at the vertices and not
        differentiable on the edges: `distance` is usually better.
        """
        return equivalence([self._segment(k) for k in range(len(self.vertices))], power)

    def _surface(self, part: str, unit: Array) -> Placed:
        chosen = self._chosen(part)
        starts, ends = (side[chosen] for side in self._ends)
        edges = np.concatenate([[0.0], np.cumsum(self._lengths[chosen])])
        place = unit[:, 0] * edges[-1]
        k = np.searchsorted(edges[1:-1], place, side="right")
        share = ((place - edges[k]) / (edges[k + 1] - edges[k]))[:, None]
        return starts[k] * (1 - share) + ends[k] * share, np.ones(len(unit), dtype=bool)

    def _trimmed(self, part: str) -> Expr:
        if part == BOUNDARY or self.name is not None:
            return self.implicit()
        return self._segment(self.parts.index(part))

    def _segment(self, k: int) -> Expr:
        """Return the distance to edge k alone: its line, trimmed by the disc on its diameter."""
        x, y = symbols(self.axes)
        cx, cy = (self._ends[0][k] + self._ends[1][k]) / 2
        length = float(self._lengths[k])
        disc = number(length / 4) - ((x - number(cx)) ** 2 + (y - number(cy)) ** 2) / number(length)
        return trim(self._line(k), disc, length)

    def _line(self, k: int) -> Expr:
        start, end = self._ends[0][k], self._ends[1][k]
        names = symbols(self.axes)
        return line(start, end, names) if self._turn > 0 else line(end, start, names)

    def _chosen(self, part: str) -> slice:
        if self._known(part) == BOUNDARY or self.name is not None:
            return slice(None)
        k = self.parts.index(part)
        return slice(k, k + 1)

    def _edge_distances(self, array: Array) -> Array:
        """Return the distance of each point to each edge, (m, n)."""
        found = np.empty((len(self.vertices), len(array)))
        for k, (start, end) in enumerate(zip(*self._ends, strict=True)):
            edge, away = end - start, array - start
            share = np.clip(away @ edge / (edge @ edge), 0, 1)
            found[k] = np.linalg.norm(away - share[:, None] * edge, axis=1)
        return found

    @cached_property
    def _corners(self) -> Array:
        return np.array(self.vertices)

    @cached_property
    def _turn(self) -> float:
        """1 when the vertices run counter-clockwise, else -1."""
        return float(np.sign(area(self._corners)))

    @cached_property
    def _ring(self) -> Array:
        return self._corners[:: int(self._turn)]

    @cached_property
    def _ends(self) -> tuple[Array, Array]:
        return self._corners, np.roll(self._corners, -1, axis=0)

    @cached_property
    def _lengths(self) -> Array:
        starts, ends = self._ends
        lengths: Array = np.linalg.norm(ends - starts, axis=1)
        return lengths
