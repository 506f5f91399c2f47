"""The boundary of a plane shape as straight and round pieces, its members cut where they meet."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum._core._errors import DomainError
from residuum.geometry._abstract import Shape
from residuum.geometry._box import Box
from residuum.geometry._checks import Array
from residuum.geometry._combination import Combination
from residuum.geometry._extrusion import Extrusion
from residuum.geometry._polygon import Polygon
from residuum.geometry._round import Round
from residuum.geometry.mesh._line import intervals
from residuum.geometry.mesh._surfaces import surfaces_of

_NEAR = 1e-9
_PROBE = 1e-7
_CUSP = np.deg2rad(0.5)


@final
@dataclass(frozen=True, eq=False)
class Piece:
    """A straight or round piece of a boundary, from ``start`` to ``end`` as the parameter grows.

    Args:
        part: name of the boundary part.
        member: number of the simple shape it belongs to.
        start: first point (2,) of a straight piece; centre of a round one.
        end: last point (2,) of a straight piece; unused otherwise.
        radius: of a round piece; 0 when straight.
        span: first and last parameter: shares of the way, or angles, counter-clockwise when
            they grow.
    """

    part: str
    member: int
    start: Array
    end: Array
    radius: float = 0.0
    span: tuple[float, float] = (0.0, 1.0)

    def at(self, parameter: Array | float) -> Array:
        """Return the points (n, 2) or (2,) at parameters."""
        t = np.asarray(parameter, dtype=np.float64)[..., None]
        if not self.radius:
            return np.asarray(self.start * (1 - t) + self.end * t)
        return np.asarray(self.start + self.radius * np.concatenate([np.cos(t), np.sin(t)], -1))

    def along(self, parameter: float) -> Array:
        """Return the unit tangent (2,) in the direction from first to last parameter."""
        if not self.radius:
            way = self.end - self.start
        else:
            way = np.array([-np.sin(parameter), np.cos(parameter)])
        return np.asarray(way / np.linalg.norm(way) * np.sign(self.span[1] - self.span[0]))

    @property
    def length(self) -> float:
        """Length of the piece."""
        measure = self.radius or float(np.linalg.norm(self.end - self.start))
        return measure * abs(self.span[1] - self.span[0])

    @property
    def tips(self) -> Array:
        """First and last point, (2, 2)."""
        return self.at(np.array(self.span))

    def over(self, first: float, last: float) -> Piece:
        """Return the same curve between two parameters."""
        return Piece(self.part, self.member, self.start, self.end, self.radius, (first, last))


@final
@dataclass(frozen=True, eq=False)
class Outline:
    """The boundary of a plane shape, the inside on the left of every piece.

    Args:
        nodes: (k, 2) points where pieces begin and end.
        pieces: in no particular order.
        ends: (p, 2) node numbers of the pieces.
        angles: (k,) angle of the inside at each node.
    """

    nodes: Array
    pieces: tuple[Piece, ...]
    ends: np.ndarray
    angles: Array


def outline(shape: Shape) -> Outline:
    """Return the boundary of a plane shape made of boxes, polygons and discs.

    Raises:
        DomainError: another kind of shape, or a boundary that touches itself or ends in a cusp.
    """
    leaves = _leaves(shape)
    scale = float(np.ptp(shape.bounds, axis=1).max())
    pieces = [piece for leaf in leaves for piece in leaf]
    kept: list[Piece] = []
    for piece in pieces:
        kept += _quartered(_pieces_left(piece, pieces, shape, scale))
    nodes, ends = _joined(kept, scale)
    kept, ends = _once(kept, ends, scale)
    return Outline(nodes, tuple(kept), ends, _angles(kept, ends, nodes))


def _leaves(shape: Shape) -> list[list[Piece]]:
    found: list[list[Piece]] = []

    def visit(member: Shape) -> None:
        if isinstance(member, Combination):
            visit(member.first)
            visit(member.second)
        else:
            found.append(_boundary(member, len(found)))

    visit(shape)
    return found


def _boundary(shape: Shape, number: int) -> list[Piece]:
    if isinstance(shape, Round):
        center = np.array(shape.center)
        span = (0.0, 2 * np.pi)
        return [Piece(shape.name, number, center, center, shape.radius, span)]
    if isinstance(shape, Polygon):
        corners = np.array(shape.vertices)
        names = shape.parts if shape.name is None else shape.parts * len(corners)
        sides = zip(names, corners, np.roll(corners, -1, axis=0), strict=True)
        return [Piece(name, number, a, b) for name, a, b in sides]
    if isinstance(shape, Box):
        return _rectangle(shape.bounds, list(shape.parts), number)
    if isinstance(shape, Extrusion):
        across = surfaces_of(shape.shape)
        if across is not None:
            ends = {surface.radius: surface.part for surface in reversed(across)}
            found: list[Piece] = []
            for low, high in intervals(shape.shape, across):
                bounds = np.array([shape.time[1:], (low, high)])
                named = [*shape.parts[-2:], ends[low], ends[high]]
                found += _rectangle(bounds, named, number)
            return found
    wanted = "boxes, polygons, discs, and what is made of them"
    raise DomainError(wanted, type(shape).__name__, "Mesh it elsewhere and use read_mesh.")


def _rectangle(bounds: Array, parts: list[str], number: int) -> list[Piece]:
    (a, b), (c, d) = bounds
    corner = np.array([(a, c), (b, c), (b, d), (a, d)])
    sides = [(0, 3, 0), (1, 1, 2), (2, 0, 1), (3, 2, 3)]
    return [Piece(parts[name], number, corner[i], corner[j]) for name, i, j in sides]


def _pieces_left(piece: Piece, pieces: list[Piece], shape: Shape, scale: float) -> list[Piece]:
    """Return what is left of a piece on the boundary of the shape, the inside on its left."""
    cuts = [np.array(piece.span)]
    for other in pieces:
        if other.member != piece.member:
            cuts.append(_meetings(piece, other, scale))
    speed = piece.length / abs(piece.span[1] - piece.span[0])
    places = np.sort(np.concatenate(cuts))
    if piece.radius and len(places) > 2:
        # A circle begins at its first cut, not at angle zero.
        places = places[1:-1]
        places = np.append(places, places[0] + 2 * np.pi)
    places = places[np.append(True, np.diff(places) * speed > _NEAR * scale)]
    if not piece.radius or len(cuts) == 1:
        places[-1] = max(places[-1], piece.span[1])
    subs = [piece.over(a, b) for a, b in itertools.pairwise(places)]
    kept = []
    for sub in subs:
        middle = sum(sub.span) / 2
        way = sub.along(middle)
        normal = np.array([-way[1], way[0]])
        probes = sub.at(middle) + _PROBE * scale * np.stack([normal, -normal])
        left, right = shape.signed_distance(probes) < 0
        if left != right:
            kept.append(sub if left else sub.over(*sub.span[::-1]))
    return kept


def _meetings(piece: Piece, other: Piece, scale: float) -> Array:
    """Return the parameters at which a piece meets another, ends included."""
    if not piece.radius:
        along = piece.end - piece.start
        points = _on_line(piece, other, scale)
        t = (points - piece.start) @ along / (along @ along)
        slack = _NEAR * scale / float(np.linalg.norm(along))
        close = piece.at(t)
        good = (t > -slack) & (t < 1 + slack)
        good &= np.linalg.norm(close - points, axis=1) <= 2 * _NEAR * scale
        return np.clip(t[good], 0, 1)
    points = _on_circle(piece, other, scale)
    away = points - piece.start
    good = np.abs(np.linalg.norm(away, axis=1) - piece.radius) <= 2 * _NEAR * scale
    return np.asarray(np.mod(np.arctan2(away[good, 1], away[good, 0]), 2 * np.pi))


def _on_line(piece: Piece, other: Piece, scale: float) -> Array:
    if other.radius:
        return _line_circle(piece, other, scale)
    u, v = piece.end - piece.start, other.end - other.start
    turn = u[0] * v[1] - u[1] * v[0]
    tips = other.tips
    if abs(turn) <= 1e-12 * np.linalg.norm(u) * np.linalg.norm(v):
        return tips
    away = other.start - piece.start
    share = (away[0] * u[1] - away[1] * u[0]) / turn
    slack = _NEAR * scale / float(np.linalg.norm(v))
    crossing = other.at(np.clip(share, 0, 1))[None]
    # The tips as well: a corner that touches the line cuts it.
    return np.concatenate([crossing, tips]) if -slack < share < 1 + slack else tips


def _on_circle(piece: Piece, other: Piece, scale: float) -> Array:
    if not other.radius:
        crossing = _line_circle(other, piece, scale)
        along = other.end - other.start
        t = (crossing - other.start) @ along / (along @ along)
        slack = _NEAR * scale / float(np.linalg.norm(along))
        return np.concatenate([crossing[(t > -slack) & (t < 1 + slack)], other.tips])
    away = other.start - piece.start
    apart = float(np.linalg.norm(away))
    if apart <= _NEAR * scale:
        return np.zeros((0, 2))
    reach = (apart**2 + piece.radius**2 - other.radius**2) / (2 * apart)
    return _chord(piece, away / apart, reach, scale)


def _line_circle(line: Piece, circle: Piece, scale: float) -> Array:
    u = (line.end - line.start) / np.linalg.norm(line.end - line.start)
    away = line.start - circle.start
    normal = np.array([u[1], -u[0]])
    return _chord(circle, normal, float(away @ normal), scale)


def _chord(circle: Piece, normal: Array, reach: float, scale: float) -> Array:
    """Return the points of a circle at height ``reach`` along a unit normal; one if it touches."""
    if abs(reach) > circle.radius + _NEAR * scale:
        return np.zeros((0, 2))
    half = np.sqrt(max(circle.radius**2 - reach**2, 0.0))
    foot = circle.start + np.clip(reach, -circle.radius, circle.radius) * normal
    if circle.radius - abs(reach) <= _NEAR * scale:
        return np.asarray(foot)[None]
    side = np.array([-normal[1], normal[0]])
    return np.stack([foot + half * side, foot - half * side])


def _quartered(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with arcs cut into equal ones of at most a quarter turn."""
    found = []
    for piece in pieces:
        turn = abs(piece.span[1] - piece.span[0]) if piece.radius else 0.0
        places = np.linspace(*piece.span, int(np.ceil(turn / (np.pi / 2) - 1e-9)) + 1)
        if len(places) < 3:
            found.append(piece)
        else:
            found += [piece.over(a, b) for a, b in itertools.pairwise(places)]
    return found


def _joined(pieces: list[Piece], scale: float) -> tuple[Array, np.ndarray]:
    """Return the nodes (k, 2) and the node numbers (p, 2) of each piece."""
    tips = np.concatenate([piece.tips for piece in pieces])
    numbers, nodes = np.empty(len(tips), dtype=np.intp), np.empty((0, 2))
    for i, tip in enumerate(tips):
        near = np.flatnonzero(np.linalg.norm(nodes - tip, axis=1) <= 10 * _NEAR * scale)
        if not near.size:
            nodes, near = np.vstack([nodes, tip]), np.array([len(nodes)])
        numbers[i] = near[0]
    return nodes, numbers.reshape(-1, 2)


def _once(pieces: list[Piece], ends: np.ndarray, scale: float) -> tuple[list[Piece], np.ndarray]:
    """Return the pieces without repeats: where members' boundaries coincide the first stays."""
    keep: list[int] = []
    for i, piece in enumerate(pieces):
        middle = piece.at(sum(piece.span) / 2)
        same = [
            k
            for k in keep
            if (ends[k] == ends[i]).all()
            and np.linalg.norm(pieces[k].at(sum(pieces[k].span) / 2) - middle) <= 1e-6 * scale
        ]
        if not same and ends[i, 0] != ends[i, 1]:
            keep.append(i)
    return [pieces[k] for k in keep], ends[keep]


def _angles(pieces: list[Piece], ends: np.ndarray, nodes: Array) -> Array:
    """Return the angle of the inside at each node (k,); refuse where a boundary touches itself."""
    angles = np.full(len(nodes), np.nan)
    for k in range(len(nodes)):
        into, out = np.flatnonzero(ends[:, 1] == k), np.flatnonzero(ends[:, 0] == k)
        if len(into) != 1 or len(out) != 1:
            place = ", ".join(f"{value:g}" for value in nodes[k])
            remedy = "Let the members overlap a little more, or keep them apart."
            raise DomainError("a boundary that does not touch itself", f"({place})", remedy)
        arriving = pieces[into[0]].along(pieces[into[0]].span[1])
        leaving = pieces[out[0]].along(pieces[out[0]].span[0])
        back = np.arctan2(-arriving[1], -arriving[0])
        angles[k] = np.mod(back - np.arctan2(leaving[1], leaving[0]), 2 * np.pi)
        if min(angles[k], 2 * np.pi - angles[k]) < _CUSP:
            place = ", ".join(f"{value:g}" for value in nodes[k])
            remedy = "Move or resize a member so that the boundaries cross at an angle."
            raise DomainError("corners of half a degree or more", f"a cusp at ({place})", remedy)
    return angles
