"""What a data set holds: the nodes, the moments, the names, and how one member fills them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from residuum._core import DataError, OptionError, SolveFailed
from residuum.blocks import Edge
from residuum.problem import Family, Problem, Solution
from residuum.problem._pointwise import known_functions

NODES = {1: 128, 2: 64, 3: 32}
"""Intervals along an axis by default, by the number of axes."""
MOMENTS = 10
INSIDE = "inside"


@dataclass(frozen=True, eq=False)
class Plan:
    """Where members of a family are read.

    Args:
        axes: coordinates of the nodes by the name of the axis, in the order of the coordinates. A
            periodic axis leaves its last end out; others hold both ends.
        edges: what lies beyond each axis.
        times: moments, for families that evolve.
        inputs: names of what is drawn: coefficients (nodes), parameters (one number), ``inside``
            (1 in the domain, 0 outside) where the domain is drawn.
        outputs: names of the unknowns.
    """

    axes: dict[str, np.ndarray]
    edges: tuple[Edge, ...]
    times: np.ndarray | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Nodes along each axis."""
        return tuple(len(axis) for axis in self.axes.values())

    @property
    def time(self) -> str:
        """Name of the dimension of the moments."""
        return "time" if "time" not in self.axes else "moment"

    def dimensions(self, name: str, numbers: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the names of the dimensions of a variable, the sample first."""
        if name in numbers:
            return ("sample",)
        moments = (self.time,) if name in self.outputs and self.times is not None else ()
        return ("sample", *moments, *self.axes)

    def values(self, member: Problem, solution: Solution) -> dict[str, np.ndarray]:
        """Return one sample: what was drawn, and the answer, by name.

        Raises:
            SolveFailed: the answer is not finite at a node.
        """
        grid = list(np.meshgrid(*self.axes.values(), indexing="ij"))
        inside = self._inside(member, grid)
        found = {name: self._drawn(member, name, inside) for name in self.inputs}
        for name, values in zip(self.outputs, self._answer(solution, grid, inside), strict=True):
            if not np.isfinite(values).all():
                raise SolveFailed(f"finite values of {name}", "NaN or infinity", "Leave it out.")
            found[name] = values
        return found

    def _inside(self, member: Problem, grid: list[np.ndarray]) -> np.ndarray:
        shape = member.shape
        if INSIDE not in self.inputs or shape is None:
            return np.ones(self.shape, bool)
        columns = [grid[list(self.axes).index(axis)].ravel() for axis in shape.axes]
        slack = 1e-9 * float(np.ptp(shape.bounds, axis=1).max())
        found: np.ndarray = shape.signed_distance(np.stack(columns, axis=1)) <= slack
        return found.reshape(self.shape)

    def _drawn(self, member: Problem, name: str, inside: np.ndarray) -> np.ndarray:
        if name == INSIDE:
            return inside.astype(float)
        nodes = next((a for a in member.coefficients if str(a.func) == name), None)
        if nodes is None:
            return np.asarray(float(member.given[name]))
        names = [c.name for c in nodes.args]
        rule = known_functions(member).get(name)
        if rule is None:
            found = np.full([len(self.axes[item]) for item in names], float(member.given[name]))
        elif hasattr(rule, "on"):
            found = rule.on(*(self.axes[item] for item in names))
        else:
            columns = np.meshgrid(*(self.axes[item] for item in names), indexing="ij")
            flat = np.asarray(rule(*(item.ravel() for item in columns)), float)
            found = np.broadcast_to(flat, columns[0].size).reshape(columns[0].shape)
        return self._spread(found, names) * inside

    def _spread(self, values: np.ndarray, names: list[str]) -> np.ndarray:
        """Return values of some of the axes on all of them."""
        order = [names.index(axis) for axis in self.axes if axis in names]
        lengths = [len(x) if axis in names else 1 for axis, x in self.axes.items()]
        return np.broadcast_to(values.transpose(order).reshape(lengths), self.shape)

    def _answer(
        self, solution: Solution, grid: list[np.ndarray], inside: np.ndarray
    ) -> list[np.ndarray]:
        order = [solution.names.index(name) for name in self.outputs]
        if hasattr(solution.field, "tensor") and inside.all():
            # Grid functions have a fast way for grids.
            clock = np.zeros(0) if self.times is None else self.times
            found = solution.field.tensor(clock, list(self.axes.values()))
            return [found[..., k] for k in order]
        points = np.stack([axis[inside] for axis in grid], axis=1)
        moments = [None] if self.times is None else self.times
        found = np.zeros((len(moments), *self.shape, len(solution.names)))
        for i, moment in enumerate(moments):
            clock = np.zeros((len(points), 0 if moment is None else 1))
            clock += 0.0 if moment is None else moment
            found[i][inside] = solution.at(np.concatenate([clock, points], axis=1))
        found = found[0] if self.times is None else found
        return [found[..., k] for k in order]


def plan(
    family: Family,
    shape: int | Sequence[int] | None = None,
    times: int | Sequence[float] | None = None,
    outputs: Sequence[str] | None = None,
) -> Plan:
    """Return where members are read.

    Args:
        family: the family.
        shape: nodes along each axis; a whole number stands for all. By default 129, 65 or 33 in
            one, two or three axes, less one along periodic axes.
        times: moments, or how many even ones after the start; 10 by default.
        outputs: which unknowns are kept; all by default.

    Raises:
        OptionError: fewer than two nodes, moments outside the interval, an unknown of no such name.
        DataError: no axis in space, or a drawn coefficient of time.
    """
    problem = family.problem
    space = tuple(c.name for c in problem.space)
    if not 1 <= len(space) <= 3:
        raise DataError("one to three axes in space", str(space), "Draw the answers yourself.")
    wrapped = [any(axis in problem.periodic_axes(u) for u in problem.unknowns) for axis in space]
    counts = _counts(shape, wrapped)
    bounds = np.asarray(problem.domain.bounds, float)
    axes = {}
    for axis, count, around in zip(space, counts, wrapped, strict=True):
        low, high = bounds[problem.domain.axes.index(axis)]
        axes[axis] = np.linspace(low, high, count, endpoint=not around)
    for a in problem.coefficients:
        if str(a.func) in family.distributions and any(c.name not in axes for c in a.args):
            raise DataError("drawn coefficients of space alone", str(a), "Leave time out of it.")
    names = tuple(str(u.func) for u in problem.unknowns)
    kept = names if outputs is None else tuple(outputs)
    if not kept or any(name not in names for name in kept):
        raise OptionError(f"unknowns among {names}", str(kept), "Correct the names.")
    drawn = tuple(family.distributions) + ((INSIDE,) if family.domain is not None else ())
    edges = tuple(
        cast(Edge, "wrap" if around else _edge(problem, axis))
        for axis, around in zip(space, wrapped, strict=True)
    )
    return Plan(axes, edges, _moments(problem, times), drawn, kept)


def _counts(shape: Any, wrapped: list[bool]) -> list[int]:
    if shape is None:
        return [NODES[len(wrapped)] + (0 if around else 1) for around in wrapped]
    counts = [shape] * len(wrapped) if isinstance(shape, int | np.integer) else list(shape)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in counts)
    if not whole or len(counts) != len(wrapped) or min(counts) < 2:
        wanted = f"two nodes or more along {len(wrapped)} axes"
        raise OptionError(wanted, str(shape), "Give a whole number, or one per axis.")
    return [int(n) for n in counts]


def _edge(problem: Problem, axis: str) -> str:
    """Return whether the first unknown is held at an end of an axis, or free there."""
    first = problem.unknowns[0]
    held = {c.on for c in problem.conditions if c.kind == "dirichlet" and c.unknown == first}
    return "zero" if held & {"boundary", f"{axis}_min", f"{axis}_max"} else "copy"


def _moments(problem: Problem, times: Any) -> np.ndarray | None:
    if problem.interval is None:
        if times is not None:
            raise OptionError("no times for a steady family", str(times), "Leave them out.")
        return None
    start, end = problem.interval
    times = MOMENTS if times is None else times
    if isinstance(times, int | np.integer) and times > 0:
        return np.linspace(start, end, int(times) + 1)[1:]
    found = np.atleast_1d(np.asarray(times, float))
    slack = 1e-12 * (end - start)
    inside = (found >= start - slack) & (found <= end + slack)
    if found.ndim != 1 or not len(found) or not inside.all() or (np.diff(found) <= 0).any():
        raise OptionError(f"increasing times in [{start}, {end}]", str(times), "Correct them.")
    return found
