"""Closed chains of points in the plane: area, crossings, hull, and their implicit function."""

from __future__ import annotations

import numpy as np
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._checks import Array, Indices, Mask
from residuum.geometry._rfunctions import conjunction, number

_FLAT = 1e-12


def area(ring: Array) -> float:
    """Return the signed area of a ring (m, 2): positive counter-clockwise."""
    # From the first vertex, so that a small ring far from the origin loses no digits.
    x, y = (ring - ring[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def turns(ring: Array) -> Array:
    """Return the sine of the turn at each vertex (m,), positive to the left, tiny ones as 0."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    sine = _cross(before, after) / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1))
    return np.where(np.abs(sine) < _FLAT, 0.0, sine)


def check_simple(ring: Array) -> None:
    """Refuse a ring that repeats vertices, has no area, crosses or touches itself."""
    if not np.isfinite(ring).all():
        raise DomainError("finite vertices", repr(ring.tolist()), "Remove NaN and infinity.")
    size = float(np.ptp(ring, axis=0).max())
    steps = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1)
    if (steps <= _FLAT * size).any():
        k = int(steps.argmin())
        remedy = "Remove the repeated vertex; the chain closes by itself."
        raise DomainError("different neighbouring vertices", f"vertex {k} twice", remedy)
    crossing = _crossing(ring)
    if crossing is not None:
        got = f"edges {crossing[0]} and {crossing[1]} that meet"
        raise DomainError("edges that do not cross or touch", got, "Order the vertices.")
    if abs(area(ring)) <= _FLAT * size**2:
        remedy = "Move a vertex off the line of the others."
        raise DomainError("a polygon with area", f"area {area(ring):g}", remedy)


def line(start: Array, end: Array, names: tuple[Expr, ...]) -> Expr:
    """Return the signed distance to the line, positive on the left of start -> end."""
    x, y = names
    along = (end - start) / np.linalg.norm(end - start)
    return number(along[0]) * (y - number(start[1])) - number(along[1]) * (x - number(start[0]))


def inside_of(ring: Array, names: tuple[Expr, ...]) -> Expr:
    """Return the implicit function of a counter-clockwise ring: its hull less its pockets.

    A pocket is the polygon between an edge of the hull and the chain behind it; it is taken off
    in the same way, without the line of the hull's edge, so that nothing vanishes inside.
    """
    return conjunction(_terms(ring, names, lidded=False))


def _terms(ring: Array, names: tuple[Expr, ...], lidded: bool) -> list[Expr]:
    """Return the hull's lines and the negated pockets; a lidded ring's last edge is left out."""
    m, hull = len(ring), _hull(ring)
    terms: list[Expr] = []
    seen: list[Array] = []
    for i, j in zip(hull, [*hull[1:], hull[0]], strict=True):
        if not (lidded and (i, j) == (m - 1, 0)) and not _among(ring[i], ring[j], seen):
            terms.append(line(ring[i], ring[j], names))
        if (j - i) % m > 1:
            pocket = ring[np.arange(i, i + (j - i) % m + 1) % m][::-1]
            terms.append(-conjunction(_terms(pocket, names, lidded=True)))
    return terms


def _among(start: Array, end: Array, seen: list[Array]) -> bool:
    """Return whether the line is among those seen; if not, add it."""
    along = (end - start) / np.linalg.norm(end - start)
    for known in seen:
        off = float(np.abs(_cross(known[1:], start - known[0])).max())
        if np.abs(along - known[1]).max() < _FLAT and off < _FLAT * np.abs(end - start).max():
            return True
    seen.append(np.stack([start, along]))
    return False


def _hull(ring: Array) -> list[int]:
    """Return the indices of the convex hull of a counter-clockwise ring, flat vertices kept."""
    order = np.lexsort((ring[:, 1], ring[:, 0]))
    flat = _FLAT * np.ptp(ring, axis=0).max() ** 2

    def chain(indices: Indices) -> list[int]:
        kept: list[int] = []
        for index in indices:
            while len(kept) > 1:
                a, b = ring[kept[-2]], ring[kept[-1]]
                if float(_cross(b - a, ring[index] - b)) >= -flat:
                    break
                kept.pop()
            kept.append(int(index))
        return kept[:-1]

    found = chain(order) + chain(order[::-1])
    return sorted(set(found))


def _crossing(ring: Array) -> tuple[int, int] | None:
    """Return two edges that cross, touch or fold back, or None."""
    m = len(ring)
    folded = (turns(ring) == 0) & (
        ((ring - np.roll(ring, 1, axis=0)) * (np.roll(ring, -1, axis=0) - ring)).sum(axis=1) < 0
    )
    if folded.any():
        k = int(folded.argmax())
        return (k - 1) % m, k
    ends = np.roll(ring, -1, axis=0)
    first, second = np.triu_indices(m, 2)
    apart = (first != 0) | (second != m - 1)
    first, second = first[apart], second[apart]
    meets = _meet(ring[first], ends[first], ring[second], ends[second])
    if not meets.any():
        return None
    k = int(meets.argmax())
    return int(first[k]), int(second[k])


def _meet(a: Array, b: Array, c: Array, d: Array) -> Mask:
    """Return whether the segments ab and cd, (k, 2) each, have a common point."""

    def side(p: Array, q: Array, r: Array) -> Array:
        scale = np.linalg.norm(q - p, axis=1) * np.linalg.norm(r - p, axis=1)
        turn = _cross(q - p, r - p)
        return np.sign(np.where(np.abs(turn) <= _FLAT * scale, 0.0, turn))

    split = (side(a, b, c) * side(a, b, d) <= 0) & (side(c, d, a) * side(c, d, b) <= 0)
    # On one line both products vanish: there the boxes around the segments decide.
    low, high = np.minimum(a, b), np.maximum(a, b)
    overlap = (low <= np.maximum(c, d)) & (np.minimum(c, d) <= high)
    meets: Mask = split & overlap.all(axis=1)
    return meets


def _cross(u: Array, v: Array) -> Array:
    cross: Array = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    return cross
