"""Hard conditions: an ansatz u = lift + distance · field that meets them exactly.

The lift carries the values, the distance vanishes where they hold. Initial values and rates,
Dirichlet values on boxes, balls, discs and polygons (in weak forms on any shape), and periodic axes
(by an embedding of the coordinate) are met exactly; everything else is left to weighted rows.

Source: I. E. Lagaris, A. Likas, D. I. Fotiadis, IEEE Trans. Neural Netw. 9 (1998);
N. Sukumar, A. Srivastava, Comput. Methods Appl. Mech. Eng. 389 (2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Field
from residuum.geometry import Ball, Box, Disc, Polygon
from residuum.problem._conditions import Condition, normal
from residuum.problem._places import at_points, points_of
from residuum.problem._problem import Problem
from residuum.problem._restart import StartValue
from residuum.problem._seam import smoothed_seam

EDGE, PUSH = 32, 0.1
"""Points of a boundary, and share of a given flux that the initial values may lack."""
SMALL, HAIR = 1e-12, 1e-36
"""Value on a part of the boundary that counts as none, and what is added to squares of distances:
not lost in float32, and without effect a billionth of a length away."""


@dataclass(frozen=True, eq=False)
class Start:
    """A field that the answer begins from.

    Args:
        field: worth, near the start, what the unknowns are worth there; zero where an unknown has
            no initial condition.
        time: the start.
        length: of the stretch of time.
        powers: by unknown, the power of (t - time) / length with which what is added begins.
    """

    field: Field
    time: float
    length: float
    powers: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class HardConditions:
    """The ansatz of a problem, one expression per unknown.

    Args:
        lift: expressions that carry the enforced values.
        distance: expressions that vanish where values are enforced, of size one elsewhere.
        enforced: the conditions met exactly.
        weighted: the conditions left to weighted rows.
        start: where the problem begins from a field, that field; lift and distance then leave the
            start out, and ``residuum.fields.constrain`` puts it in.
    """

    lift: tuple[Any, ...]
    distance: tuple[Any, ...]
    enforced: tuple[Condition, ...]
    weighted: tuple[Condition, ...]
    start: Start | None = None

    def note(self) -> str:
        """Say in words what is exact and what is only weighted."""
        if not self.weighted:
            return "all conditions are met exactly"
        return "met only by weight: " + "; ".join(str(item) for item in self.weighted)


def hard_conditions(
    problem: Problem, enforce: bool = True, *, starts: bool = True, weak: bool = False
) -> HardConditions:
    """Return the ansatz of a problem.

    Args:
        problem: the statement.
        enforce: if false, only periodic axes are exact.
        starts: whether initial values are enforced too; if not, boundaries alone are.
        weak: whether the ansatz is for a weak form, which bears slopes without bound in corners and
            sharp bends: values that jump, and those on combined shapes, are then enforced as well.
    """
    lifts, distances, enforced = [], [], []
    start = _start(problem) if enforce and starts else None
    for u in problem.unknowns:
        lift, distance, met = sp.Integer(0), sp.Integer(1), list[Condition]()
        if enforce and starts:
            lift, distance, met = _for_unknown(problem, u, start)
        elif enforce:
            lift, distance, met = _on_boundary(problem, u, weak)
        lifts.append(lift)
        distances.append(distance)
        enforced += met
    enforced += [c for c in problem.conditions if c.kind == "periodic"]
    weighted = tuple(c for c in problem.conditions if c not in enforced)
    return HardConditions(tuple(lifts), tuple(distances), tuple(enforced), weighted, start)


def _start(problem: Problem) -> Start | None:
    """Return the field a problem begins from; every initial condition must be about it."""
    begun = [c for c in problem.conditions if c.kind in ("initial", "initial_rate")]
    values = [problem.given.get(str(getattr(c.value, "func", ""))) for c in begun]
    if problem.interval is None or not begun:
        return None
    fields = {id(v.field): v.field for v in values if isinstance(v, StartValue)}
    if len(fields) != 1 or not all(isinstance(v, StartValue) for v in values):
        return None
    powers = tuple(sum(c.unknown == u for c in begun) for u in problem.unknowns)
    low, high = problem.interval
    return Start(next(iter(fields.values())), low, high - low, powers)


def _known(problem: Problem, condition: Condition) -> bool:
    value = problem.fill(condition.value)
    functions = value.atoms(sp.core.function.AppliedUndef)
    return not functions and value.free_symbols <= set(problem.coordinates)


def _on_boundary(problem: Problem, u: Any, weak: bool = False) -> tuple[Any, Any, list[Condition]]:
    """Return lift and distance of what holds on the boundary, and the conditions met."""
    boundary = [
        c
        for c in problem.conditions
        if c.kind == "dirichlet" and c.unknown == u and _known(problem, c) and (weak or not c.jump)
    ]
    simple = isinstance(problem.shape, Box | Ball | Disc | Polygon)
    if problem.shape is not None and not simple and not weak:
        # Distances of combined shapes bend sharply where members come near each other: the residual
        # was measured a hundred times larger than with weighted rows.
        boundary = []
    if isinstance(problem.shape, Box) and not any(c.jump for c in boundary):
        lift, distance = _on_box(problem, boundary)
    else:
        lift, distance = _on_shape(problem, boundary)
    return lift, distance, boundary


def _for_unknown(problem: Problem, u: Any, begun: Start | None) -> tuple[Any, Any, list[Condition]]:
    lift, distance, boundary = _on_boundary(problem, u)
    if begun is None:
        lift, distance, start = _from_start(problem, u, lift, distance)
        return lift, distance, boundary + start
    t, low = problem.time, sp.Float(begun.time)
    kinds = ("initial", "initial_rate")
    start = [c for c in problem.conditions if c.kind in kinds and c.unknown == u]
    if start:
        lift = lift - lift.subs(t, low)
    if len(start) > 1:
        lift = lift - (t - low) * lift.diff(t).subs(t, low)
    return lift, distance, boundary + start


def _sides(
    problem: Problem, boundary: list[Condition]
) -> list[tuple[Any, dict[str, tuple[Any, Any]]]]:
    """For each space axis: its symbol and, by end, the place and the value given there."""
    assert problem.shape is not None
    found = []
    for c in problem.space:
        row = problem.shape.bounds[problem.shape.axes.index(c.name)]
        ends = {"min": sp.Float(row[0]), "max": sp.Float(row[1])}
        here: dict[str, tuple[Any, Any]] = {}
        for end, place in ends.items():
            for condition in boundary:
                if condition.on in ("boundary", f"{c.name}_{end}"):
                    here[end] = (place, problem.fill(condition.value))
        found.append((c, here))
    return found


def _on_box(problem: Problem, boundary: list[Condition]) -> tuple[Any, Any]:
    """Correct the lift axis by axis; values that agree at edges are not disturbed."""
    lift: Any = sp.Integer(0)
    distance: Any = sp.Integer(1)
    whole = [c for c in boundary if c.on == "boundary"]
    if whole:
        lift = problem.fill(whole[0].value)
    assert problem.shape is not None
    for c, here in _sides(problem, boundary):
        row = problem.shape.bounds[problem.shape.axes.index(c.name)]
        width = sp.Float(float(row[1] - row[0]))
        gaps = {
            end: value.subs(c, place) - lift.subs(c, place) for end, (place, value) in here.items()
        }
        if len(here) == 2:
            (a, _), (b, _) = here["min"], here["max"]
            lift += gaps["min"] * (b - c) / width + gaps["max"] * (c - a) / width
            distance *= 4 * (c - a) * (b - c) / width**2
        elif here:
            (end, (place, _)) = next(iter(here.items()))
            lift += gaps[end]
            distance *= (c - place) / width if end == "min" else (place - c) / width
    return lift, distance


def _on_shape(problem: Problem, boundary: list[Condition]) -> tuple[Any, Any]:
    """Return a lift and the product of the distances to the parts.

    Part after part the lift takes what it lacks, times a factor that vanishes on the parts before
    where that is not zero by itself: the distance to them over the sum of both.
    """
    if not boundary or problem.shape is None:
        return sp.Integer(0), sp.Integer(1)
    names = {sp.Symbol(c.name, real=True): c for c in problem.space}
    parts = [problem.shape.distance(c.on).xreplace(names) for c in boundary]
    values = [problem.fill(c.value) for c in boundary]
    size = sp.Float(float(min(b - a for a, b in problem.shape.bounds)) / 2)
    distance = sp.Mul(*(part / size for part in parts))
    if all(value == values[0] for value in values):
        return values[0], distance
    lift, done = sp.Integer(0), list[int]()
    # Zeros first: they leave nothing to blend away.
    for i in sorted(range(len(parts)), key=lambda i: values[i] != 0):
        gap = values[i] - lift
        others = [parts[j] for j in done if not _vanishes(problem, gap, boundary[j])]
        if gap != 0 and others:
            away = sp.Mul(*others)
            # In a corner both are zero, and a hair keeps it from being 0/0.
            gap *= away / sp.sqrt((away + parts[i]) ** 2 + HAIR)
        lift += gap
        done.append(i)
    return lift, distance


def _vanishes(problem: Problem, item: Any, condition: Condition) -> bool:
    """Whether an expression is zero all along the place of a condition on the boundary."""
    # Points say it of smooth expressions alone: one made of pieces may differ between them.
    if item.has(sp.Piecewise, sp.Heaviside, sp.Abs, sp.Max, sp.Min, sp.sign):
        return False
    places = points_of(problem, condition, EDGE)
    assert places is not None
    found = np.abs(at_points(problem, item, places))
    return bool(np.nanmax(found) < SMALL) if np.isfinite(found).any() else False


def _from_start(
    problem: Problem, u: Any, lift: Any, distance: Any
) -> tuple[Any, Any, list[Condition]]:
    t, interval = problem.time, problem.interval
    if t is None or interval is None:
        return lift, distance, []
    start, length = sp.Float(interval[0]), sp.Float(interval[1] - interval[0])
    value = [c for c in problem.conditions if c.kind == "initial" and c.unknown == u and not c.jump]
    rate = [c for c in problem.conditions if c.kind == "initial_rate" and c.unknown == u]
    met: list[Condition] = []
    if value and _known(problem, value[0]):
        data = problem.fill(value[0].value)
        if _pushed(problem, u, data):
            return lift, distance, met
        lift = lift + data - lift.subs(t, start) + smoothed_seam(problem, u, data)
        distance = distance * (t - start) / length
        met.append(value[0])
        if rate and _known(problem, rate[0]):
            lift = lift + (t - start) * (problem.fill(rate[0].value) - lift.diff(t).subs(t, start))
            distance = distance * (t - start) / length
            met.append(rate[0])
    return lift, distance, met


def _pushed(problem: Problem, u: Any, data: Any) -> bool:
    """Whether a boundary drives a flux at once that the initial values do not have.

    The answer then leaves them like the root of time, and time as a factor does not follow: on a
    plate heated from its holes the residual stayed sixty times larger than with weighted rows.
    """
    if problem.shape is None or problem.interval is None:
        return False
    order = [problem.shape.axes.index(axis.name) for axis in problem.space]
    start = np.full(EDGE, problem.interval[0])
    names = [*problem.coordinates, *normal(problem.space)]

    def size(item: Any, places: np.ndarray, outward: np.ndarray) -> float:
        # Numbers to be inferred and jumps, whose slope is no function, have no size here.
        if not item.free_symbols <= {*names} or item.has(sp.DiracDelta, sp.Derivative):
            return np.nan
        columns = [start, *places.T, *outward.T]
        modules = ["scipy", "numpy"] if item.has(sp.erf, sp.erfc) else "numpy"
        with np.errstate(all="ignore"):
            values = sp.lambdify(names, item, modules)(*columns)
        return float(np.linalg.norm(np.broadcast_to(values, EDGE)))

    inside = problem.shape.sample(EDGE, key=13)[:, order]
    steepest = sum(size(data.diff(axis), inside, inside) for axis in problem.space)
    for c in problem.conditions:
        if c.kind not in ("neumann", "robin") or c.unknown != u or c.jump or not _known(problem, c):
            continue
        edge = problem.shape.sample_boundary(EDGE, part=c.on, key=12)
        outward, edge = -problem.shape.inward_normal(edge)[:, order], edge[:, order]
        missed = problem.fill(c.expression(problem.space)).subs(u, data).doit()
        if missed.atoms(sp.core.function.AppliedUndef):
            continue
        given = size(problem.fill(c.value), edge, outward)
        if size(missed, edge, outward) > PUSH * (given + steepest):
            return True
    return False
