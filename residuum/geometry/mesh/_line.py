"""Shapes on a line: their intervals, and the part at each end."""

from __future__ import annotations

import math

import numpy as np

from residuum._core._errors import OptionError
from residuum.geometry._abstract import Shape
from residuum.geometry.mesh._mesh import MOST_CELLS, Mesh
from residuum.geometry.mesh._surfaces import Surface


def intervals(shape: Shape, surfaces: tuple[Surface, ...]) -> list[tuple[float, float]]:
    """Return the intervals (a, b), ascending and apart, that make up a one-dimensional shape."""
    # A plane {n x = c} of a line is the place c.
    places = np.unique([surface.radius for surface in surfaces])
    apart = np.append(True, np.diff(places) > 1e-12 * np.ptp(places))
    places = places[apart]
    middles = (places[:-1] + places[1:]) / 2
    inside = shape.signed_distance(middles[:, None]) < 0
    # Touching intervals join, unless both members end there and nothing is shared.
    found: list[tuple[float, float]] = []
    for low, high in zip(places[:-1][inside], places[1:][inside], strict=True):
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], float(high))
        else:
            found.append((float(low), float(high)))
    return found


def line(shape: Shape, surfaces: tuple[Surface, ...], size: float) -> Mesh:
    """Return a one-dimensional shape cut into equal pieces of at most ``size``, at least two."""
    starts, points, cells, ends = 0, [], [], []
    for low, high in intervals(shape, surfaces):
        n = max(2, math.ceil((high - low) / size * (1 - 1e-9)))
        if n > MOST_CELLS:
            got = f"size {size:g}, which takes {n:.2g}"
            raise OptionError(f"at most {MOST_CELLS} cells", got, "Pass a larger size.")
        numbers = starts + np.arange(n + 1)
        points.append(np.linspace(low, high, n + 1))
        cells.append(np.stack([numbers[:-1], numbers[1:]], axis=1))
        ends += [numbers[0], numbers[-1]]
        starts += n + 1
    places = np.concatenate(points)
    parts: dict[str, list[int]] = {part: [] for part in shape.parts}
    for end in ends:
        # Of several members that end here the first names the place.
        gaps = [abs(surface.radius - places[end]) for surface in surfaces]
        name = surfaces[gaps.index(min(gaps))].part
        parts.setdefault(name, []).append(end)
    facets = {k: np.array(v, dtype=np.int64)[:, None] for k, v in parts.items()}
    return Mesh(places[:, None], np.concatenate(cells), facets, axes=shape.axes, shape=shape)
