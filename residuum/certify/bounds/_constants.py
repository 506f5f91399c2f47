"""Constants of inequalities on the domain of a problem: proved, or said to be unknown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from residuum._core import ResiduumError
from residuum.certify.bounds._crouzeix_raviart import least_eigenvalue
from residuum.geometry import Box, Difference, Intersection, Polygon, Shape, Union
from residuum.geometry._round import Round
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Problem

CELLS = {1: 64, 2: 24, 3: 8}
"""Cells along the longest side of the mesh that an eigenvalue is enclosed on."""
COARSE = 3
"""The same, of the mesh whose cells bound traces."""
BESSEL = {2: 2.404825557695772, 3: math.pi}
"""First zero of the Bessel function J of order d/2 - 1."""
BESSEL_SLOPE = 1.841183781340659
"""First zero of the derivative of the Bessel function J of order one."""
TOUCH = 1e-9
"""Distance from the boundary, over the size of the domain, that is rounding."""


@final
@dataclass(frozen=True)
class Constant:
    """A constant for which an inequality holds.

    Args:
        value: the constant; infinite where none is proved.
        reason: why it holds, or why none is known.
    """

    value: float
    reason: str

    @property
    def proved(self) -> bool:
        """Whether there is one."""
        return math.isfinite(self.value)


def friedrichs(problem: Problem, unknown: Any = None) -> Constant:
    """Return C with |w| <= C |∇w| for all w that vanish where the unknown is given (Dirichlet).

    Exact on boxes, mixed sides and periodic axes included, and on discs and balls; else the best of
    what an enclosing box, a ball of equal volume (Faber and Krahn) and an enclosed eigenvalue give.

    Args:
        problem: only its domain and its conditions are read.
        unknown: the unknown; the largest constant of all of them by default.
    """
    return _largest(problem, unknown, "friedrichs", _friedrichs)


def poincare(problem: Problem) -> Constant:
    """Return C with |w| <= C |∇w| for all w of mean zero, free on the whole boundary."""
    return _kept(problem, ("poincare",), lambda: _poincare(problem))


def trace_constant(problem: Problem, part: str, unknown: Any = None) -> Constant:
    """Return C with |w| on the part <= C |∇w|, for all w that vanish where the unknown is given.

    Args:
        problem: only its domain and its conditions are read.
        part: name of a boundary part.
        unknown: the unknown; the largest constant of all of them by default.
    """

    def made(problem: Problem, u: Any) -> Constant:
        return _trace(problem, part, u)

    return _largest(problem, unknown, f"trace {part}", made)


def korn(problem: Problem, axes: Sequence[int] = ()) -> Constant:
    """Return C with |∇w| <= C |ε(w)|, ε the symmetric part of ∇w, for all admissible w.

    The square root of two where all components vanish on the whole boundary (or are periodic), and
    on boxes whose every side holds its normal component or all others. Nothing is known elsewhere:
    the constant then depends on the shape.

    Args:
        problem: only its domain and its conditions are read.
        axes: for each unknown the number of the space coordinate along which it points.
    """
    shape = problem.shape
    assert shape is not None
    around = [_around(problem, u) for u in problem.unknowns]
    free = {part for part in shape.parts if any(part not in own for own in around)}
    if not free:
        return Constant(math.sqrt(2), "|∇w|² <= 2 |ε(w)|² where w vanishes on the whole boundary")
    if isinstance(shape, Box) and axes:
        names = [problem.space[k].name for k in axes]
        if all(_slides(part, names, around) for part in free):
            return Constant(math.sqrt(2), "|∇w|² <= 2 |ε(w)|² on a box whose sides slide")
    told = ", ".join(sorted(free))
    return Constant(math.inf, f"Korn's constant is unknown where a component is free ({told})")


def _slides(part: str, names: Sequence[str], around: Sequence[set[str]]) -> bool:
    """Whether the normal component is held on a side of a box, or all the others."""
    along = part.rpartition("_")[0]
    normal = [part in own for name, own in zip(names, around, strict=True) if name == along]
    others = [part in own for name, own in zip(names, around, strict=True) if name != along]
    return all(normal) or all(others)


def held_parts(problem: Problem, unknown: Any) -> tuple[str, ...]:
    """Return the boundary parts on which an unknown is given, in the order of the shape's."""
    assert problem.shape is not None
    on = {c.on for c in problem.conditions if c.kind == "dirichlet" and c.unknown == unknown}
    return tuple(part for part in problem.shape.parts if part in on or "boundary" in on)


def _around(problem: Problem, unknown: Any) -> set[str]:
    """Return the parts on which an unknown is given or periodic."""
    ends = {f"{a}_{e}" for a in problem.periodic_axes(unknown) for e in ("min", "max")}
    return ends | set(held_parts(problem, unknown))


def _kept(problem: Problem, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    kept = problem.__dict__.setdefault("_constants", {})
    if key not in kept:
        kept[key] = make()
    return kept[key]


def _largest(
    problem: Problem, unknown: Any, name: str, make: Callable[[Problem, Any], Constant]
) -> Constant:
    found = []
    for u in problem.unknowns if unknown is None else (unknown,):
        # Unknowns held alike share a constant.
        key = (name, held_parts(problem, u), problem.periodic_axes(u))
        found.append(_kept(problem, key, partial(make, problem, u)))
    return max(found, key=lambda item: item.value)


def _friedrichs(problem: Problem, u: Any) -> Constant:
    shape, held = problem.shape, held_parts(problem, u)
    assert shape is not None
    if not held:
        return Constant(math.inf, f"{u} is given nowhere on the boundary")
    if isinstance(shape, Box):
        return _of_eigenvalue(sum(_along(problem, shape, u)), "exact on a box")
    found = []
    if set(held) == set(shape.parts):
        sides = np.ptp(shape.bounds, axis=1)
        found.append(_of_eigenvalue(float((math.pi**2 / sides**2).sum()), "an enclosing box"))
        d = shape.dimension
        if d in BESSEL:
            ball = math.pi if d == 2 else 4 * math.pi / 3
            value = BESSEL[d] ** 2 * (ball / most_measure(shape)) ** (2 / d)
            found.append(_of_eigenvalue(value, "a ball of equal volume (Faber and Krahn)"))
        if isinstance(shape, Round):
            return found[-1]
    if shape.dimension <= 3:
        found.append(_enclosed(problem, shape, held))
    return min(found, key=lambda item: item.value)


def _of_eigenvalue(value: float, reason: str) -> Constant:
    return Constant(1 / math.sqrt(value), f"Friedrichs: {reason}")


def _along(problem: Problem, shape: Box, u: Any) -> list[float]:
    """Return the smallest eigenvalue along each axis of a box."""
    held, found = held_parts(problem, u), []
    for name, low, high in shape.sides:
        ends = sum(f"{name}_{end}" in held for end in ("min", "max"))
        waves = 0.0 if name in problem.periodic_axes(u) else ends / 2
        found.append((waves * math.pi / (high - low)) ** 2)
    return found


def most_measure(shape: Shape) -> float:
    """Return an upper bound of a shape's measure, exact where the shape's own is."""
    if isinstance(shape, Difference):
        return most_measure(shape.first)
    if isinstance(shape, Intersection):
        return min(most_measure(shape.first), most_measure(shape.second))
    if isinstance(shape, Union):
        return most_measure(shape.first) + most_measure(shape.second)
    return shape.measure()


def _enclosed(problem: Problem, shape: Shape, held: Sequence[str]) -> Constant:
    """Return the constant of an enclosed eigenvalue on a mesh, where the mesh's domain will do."""
    mesh = meshed(problem, shape)
    if mesh is None:
        return Constant(math.inf, "Friedrichs: the domain could not be meshed")
    every = set(held) == set(mesh.parts)
    if exact(mesh, shape):
        reason = "an enclosed eigenvalue"
    elif every and _encloses(mesh, shape):
        reason = "an enclosed eigenvalue of a polygon around the domain"
    else:
        return Constant(
            math.inf, "Friedrichs: no proof for a curved domain that is not given all around"
        )
    return _of_eigenvalue(least_eigenvalue(mesh, [p for p in held if p in mesh.parts]), reason)


def meshed(problem: Problem, shape: Shape, cells: int | None = None) -> Mesh | None:
    """Return a mesh with so many cells along the longest side, or ``None`` if there is none."""
    across = cells or CELLS[shape.dimension]

    def make() -> Mesh | None:
        try:
            return mesh_of(shape, float(np.ptp(shape.bounds, axis=1).max()) / across)
        except ResiduumError:
            return None

    found: Mesh | None = _kept(problem, ("mesh", across), make)
    return found


def exact(mesh: Mesh, shape: Shape) -> bool:
    """Whether the flat facets of a mesh are on the boundary of the shape."""
    return bool((np.abs(_gaps(mesh, shape)) <= TOUCH * np.ptp(shape.bounds)).all())


def _encloses(mesh: Mesh, shape: Shape) -> bool:
    """Whether no facet of a mesh enters the shape: chords of holes do not."""
    return bool((_gaps(mesh, shape) >= -TOUCH * np.ptp(shape.bounds)).all())


def _gaps(mesh: Mesh, shape: Shape) -> np.ndarray:
    """Return signed distances to the boundary at places on every boundary facet."""
    corners = mesh.points[mesh.boundary()]
    d = corners.shape[1]
    weights = np.concatenate([np.full((1, d), 1 / d), 0.2 / d + 0.8 * np.eye(d)])
    places = np.einsum("qi,fik->fqk", weights, corners).reshape(-1, corners.shape[2])
    return shape.signed_distance(places)


def _poincare(problem: Problem) -> Constant:
    shape = problem.shape
    assert shape is not None
    if isinstance(shape, Box):
        common = set.intersection(*(set(problem.periodic_axes(u)) for u in problem.unknowns))
        sides = [(high - low) / (1 + (name in common)) for name, low, high in shape.sides]
        return Constant(max(sides) / math.pi, "Poincaré: exact on a box")
    if isinstance(shape, Round):
        if shape.dimension == 2:
            return Constant(shape.radius / BESSEL_SLOPE, "Poincaré: exact on a disc")
        return Constant(2 * shape.radius / math.pi, "Poincaré: a convex domain")
    if isinstance(shape, Polygon) and shape.convex:
        corners = np.asarray(shape.vertices)
        widest = np.linalg.norm(corners[:, None] - corners[None], axis=2).max()
        return Constant(float(widest) / math.pi, "Poincaré: a convex domain")
    mesh = meshed(problem, shape) if shape.dimension <= 3 else None
    if mesh is None or not exact(mesh, shape):
        return Constant(math.inf, "Poincaré: no proof for a curved domain that is not convex")
    value = least_eigenvalue(mesh, ())
    return Constant(1 / math.sqrt(value), "Poincaré: an enclosed eigenvalue")


def _trace(problem: Problem, part: str, u: Any) -> Constant:
    shape, inner = problem.shape, friedrichs(problem, u)
    assert shape is not None
    if part in held_parts(problem, u):
        return Constant(0.0, f"trace: {u} is given on {part}")
    if not inner.proved:
        return inner
    if isinstance(shape, Box):
        axis, _, end = part.rpartition("_")
        length = next(high - low for name, low, high in shape.sides if name == axis)
        other = f"{axis}_{'max' if end == 'min' else 'min'}"
        squared = inner.value**2 / length + 2 * inner.value
        if other in held_parts(problem, u):
            squared = min(squared, length)
        return Constant(math.sqrt(squared), f"trace on {part}: along {axis}")
    found = [math.inf]
    # Large cells are better, until they are too flat.
    for cells in (COARSE, CELLS[shape.dimension]) if shape.dimension <= 3 else ():
        mesh = meshed(problem, shape, cells)
        if mesh is not None and exact(mesh, shape):
            found.append(trace_on_mesh(mesh, part, inner.value))
    if not math.isfinite(min(found)):
        return Constant(math.inf, f"trace on {part}: no proof for a curved domain")
    return Constant(min(found), f"trace on {part}: over its cells")


def trace_on_mesh(mesh: Mesh, part: str, inner: float) -> float:
    """Return C with |w| on the part <= C |∇w| for |w| <= inner |∇w|, from single cells.

    On a cell T with a facet F and the opposite vertex p, the divergence of (x - p) w² gives
    |w|²_F <= |F|/|T| (|w|² + 2 h/d |w| |∇w|), h the largest distance from p.
    """
    wanted = {tuple(row) for row in mesh.parts[part].tolist()}
    steep, flat = np.zeros(len(mesh.cells)), np.zeros(len(mesh.cells))
    for i in range(mesh.dimension + 1):
        facets = np.sort(np.delete(mesh.cells, i, axis=1), axis=1)
        rows = [k for k, row in enumerate(map(tuple, facets.tolist())) if row in wanted]
        if not rows:
            continue
        away = mesh.points[facets[rows]] - mesh.points[mesh.cells[rows, i]][:, None]
        height = _heights(away)  # |F| / |T| is d over the height
        steep[rows] += mesh.dimension / height
        flat[rows] += np.linalg.norm(away, axis=2).max(axis=1) / height
    return math.sqrt(float(steep.max()) * inner**2 + 2 * float(flat.max()) * inner)


def _heights(away: np.ndarray) -> np.ndarray:
    """Return the distance of the origin from the planes through points (n, d, d)."""
    d = away.shape[1]
    volume = np.abs(np.linalg.det(away))
    sides = away[:, 1:] - away[:, :1]
    area = np.sqrt(np.linalg.det(sides @ sides.transpose(0, 2, 1))) if d > 1 else np.ones(len(away))
    return np.asarray(volume / area)
