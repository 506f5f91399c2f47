"""The flat and round surfaces that bound a shape, and moving points onto them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.geometry._abstract import Shape
from residuum.geometry._box import Box
from residuum.geometry._checks import Array, Mask
from residuum.geometry._combination import Combination
from residuum.geometry._extrusion import Extrusion
from residuum.geometry._polygon import Polygon
from residuum.geometry._round import Round

_STEPS = 8


@final
@dataclass(frozen=True, eq=False)
class Surface:
    """A plane {n·x = c}, or a round surface {|x - c| = r} in some of the columns.

    Args:
        part: name of the boundary part that lies on it.
        center: the normal of a plane, the centre of a round one, (d,); zero in unused columns.
        radius: the offset of a plane, the radius of a round one.
        columns: 1 for the columns that count, (d,).
        flat: whether it is a plane.
    """

    part: str
    center: Array
    radius: float
    columns: Array
    flat: bool

    def gap(self, points: Array) -> Array:
        """Return the signed distance (n,) of points (n, d) to it."""
        if self.flat:
            return np.asarray(points @ self.center - self.radius)
        away = (points - self.center) * self.columns
        return np.asarray(np.linalg.norm(away, axis=1) - self.radius)

    def normal(self, points: Array) -> Array:
        """Return the gradient (n, d) of `gap`."""
        if self.flat:
            return np.broadcast_to(self.center, points.shape)
        away = (points - self.center) * self.columns
        size = np.linalg.norm(away, axis=1, keepdims=True)
        return np.asarray(away / np.where(size > 0, size, 1.0))


def surfaces_of(shape: Shape) -> tuple[Surface, ...] | None:
    """Return the surfaces of all members of a shape; ``None`` for shapes without equations."""
    if isinstance(shape, Combination):
        first, second = surfaces_of(shape.first), surfaces_of(shape.second)
        return None if first is None or second is None else first + second
    if isinstance(shape, Extrusion):
        across = surfaces_of(shape.shape)
        return None if across is None else (*map(_raised, across), *_caps(shape))
    if isinstance(shape, Box):
        return tuple(_side(shape, k) for k in range(2 * shape.dimension))
    if isinstance(shape, Polygon):
        return tuple(_edge(shape, k) for k in range(len(shape.vertices)))
    if isinstance(shape, Round):
        ones = np.ones(shape.dimension)
        return (Surface(shape.name, np.array(shape.center), shape.radius, ones, False),)
    return None


def surface_numbers(surfaces: tuple[Surface, ...], part: str, corners: Array) -> Array:
    """Return the number (k,) of the surface that each facet (k, d, d) of a part lies on, or -1.

    All corners must lie on it; of several the one nearest to the facet's middle is taken.
    """
    scale = (
        float(np.ptp(corners.reshape(-1, corners.shape[2]), axis=0).max()) if len(corners) else 0
    )
    size = max(scale, float(np.abs(corners).max()) if corners.size else 0.0)
    best, found = np.full(len(corners), np.inf), np.full(len(corners), -1)
    middle = corners.mean(axis=1)
    for number, surface in enumerate(surfaces):
        if surface.part != part:
            continue
        gaps = [np.abs(surface.gap(corners[:, i])) for i in range(corners.shape[1])]
        on = np.max(gaps, axis=0) <= 1e-8 * size
        gap = np.where(on, np.abs(surface.gap(middle)), np.inf)
        nearer = gap < best
        best[nearer], found[nearer] = gap[nearer], number
    return found


def moved(points: Array, holding: list[tuple[Surface, Mask]]) -> Array:
    """Return points (n, d) moved onto every surface that holds them, by the shortest way.

    ``holding`` gives surfaces and which points lie on each. Where two or three hold a point it
    goes to their intersection (Newton steps of least length); surfaces that meet under no angle
    or have no common point nearby leave the point at the best place found.
    """
    result = points.copy()
    held = np.zeros(len(points), dtype=int)
    for _, mask in holding:
        held += mask
    single = held == 1
    for surface, mask in holding:
        mine = mask & single
        for _ in range(1 if surface.flat else 2):
            result[mine] -= surface.gap(result[mine])[:, None] * surface.normal(result[mine])
    several = np.flatnonzero(held > 1)
    if several.size:
        result[several] = _met(result[several], [(s, mask[several]) for s, mask in holding])
    return result


def _met(points: Array, holding: list[tuple[Surface, Mask]]) -> Array:
    holding = [(surface, mask) for surface, mask in holding if mask.any()]
    for _ in range(_STEPS):
        gaps = np.stack([np.where(m, s.gap(points), 0.0) for s, m in holding], axis=1)
        normals = np.stack([s.normal(points) * m[:, None] for s, m in holding], axis=1)
        # The pseudo-inverse leaves unheld rows and equal surfaces alone.
        step = np.linalg.pinv(normals, rcond=1e-6) @ gaps[:, :, None]
        points = points - step[:, :, 0]
    return points


def _side(box: Box, k: int) -> Surface:
    axis, end = divmod(k, 2)
    normal = np.eye(box.dimension)[axis]
    return Surface(box.parts[k], normal, float(box.bounds[axis, end]), np.ones(box.dimension), True)


def _edge(polygon: Polygon, k: int) -> Surface:
    corners = np.array(polygon.vertices)
    start, end = corners[k], corners[(k + 1) % len(corners)]
    along = (end - start) / np.linalg.norm(end - start)
    normal = np.array([along[1], -along[0]])
    part = polygon.parts[0 if polygon.name is not None else k]
    return Surface(part, normal, float(normal @ start), np.ones(2), True)


def _raised(surface: Surface) -> Surface:
    center, columns = np.append(0.0, surface.center), np.append(0.0, surface.columns)
    return Surface(surface.part, center, surface.radius, columns, surface.flat)


def _caps(shape: Extrusion) -> list[Surface]:
    name, start, end = shape.time
    d = shape.dimension
    ends = ((f"{name}_min", start), (f"{name}_max", end))
    return [Surface(part, np.eye(d)[0], place, np.ones(d), True) for part, place in ends]
