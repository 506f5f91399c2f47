"""Drawing exactly n points of a shape from the unit cube, and the arrays this takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from residuum._core._errors import DomainError
from residuum._core._keys import Key
from residuum.geometry._checks import Array, Indices, Mask, Placed, checked_count
from residuum.geometry._designs import Design, Sobol

_TRIAL = 2**21
_HOPELESS = 2**17


def draw(
    n: int, dimension: int, place: Callable[[Array], Placed], *, design: Design | None, key: Key
) -> Array:
    """Return n kept points of ``place``, which maps unit points (m, dimension) to (m, d) and drops.

    Raises:
        DomainError: none is kept of 2**17 tried, or too few of max(2**21, 64 n).
    """
    n, design = checked_count(n), Sobol() if design is None else design
    count = n
    while True:
        points, keep = place(design.unit(count, dimension, key))
        kept = int(keep.sum())
        if kept >= n:
            return design.first(points[keep], n)
        if count >= (max(_TRIAL, 64 * n) if kept else _HOPELESS):
            remedy = "Check the shapes' sizes, and that the named part is not cut away."
            raise DomainError(f"room for {n} points", f"{kept} kept of {count} tried", remedy)
        # At least double; jump ahead when the kept fraction says that doubling is not enough.
        ahead = math.ceil(1.1 * n * count / kept) if kept else 0
        count = min(max(2 * count, 64, ahead), max(_TRIAL, 64 * n))


def spread(n: int, dimension: int) -> Array:
    """Return n fixed points of the unit cube, for probes and measures (n a power of two)."""
    return Sobol().unit(n, dimension, 20240229)


def pick(unit: Array, weights: Sequence[float] | Array) -> tuple[Indices, Array]:
    """Choose a piece per point by its first coordinate, in proportion to ``weights``.

    Returns the chosen indices (n,) and the unit points (n, d) with that coordinate stretched back
    over (0, 1), so that one coordinate both chooses and places.
    """
    edges = np.concatenate([[0.0], np.cumsum(weights) / np.sum(weights)])
    chosen = np.searchsorted(edges[1:-1], unit[:, 0], side="right")
    rest = unit.copy()
    stretched = (unit[:, 0] - edges[chosen]) / (edges[chosen + 1] - edges[chosen])
    rest[:, 0] = np.clip(stretched, 2.0**-40, 1 - 2.0**-40)
    return chosen, rest


def stretched(unit: Array, bounds: Array) -> Array:
    """Map unit points (n, d) into the open box ``bounds`` (d, 2), rounding included."""
    low, high = bounds.T
    inside = low + (high - low) * unit
    opened: Array = np.clip(inside, np.nextafter(low, high), np.nextafter(high, low))
    return opened


def blend(normals: Array, chosen: Mask) -> Array:
    """Return unit sums (n, d) of the chosen (k, n) of ``normals`` (k, n, d), one chosen at least.

    Where the chosen cancel, the first of them is returned.
    """
    total = np.einsum("kn,knd->nd", chosen, normals)
    first = normals[chosen.argmax(axis=0), np.arange(normals.shape[1])]
    length = np.linalg.norm(total, axis=1, keepdims=True)
    cancelled = length < 1e-9
    blended: Array = np.where(cancelled, first, total / np.where(cancelled, 1.0, length))
    return blended
