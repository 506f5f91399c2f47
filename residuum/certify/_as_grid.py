"""Any field as values on a tensor grid: interpolation at Chebyshev and Fourier nodes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Field, OptionError
from residuum.certify._representation import Representation
from residuum.discretise.spectral import Axis, ChebyshevAxis, FourierAxis, GridField
from residuum.geometry import Box
from residuum.problem import Problem, Solution

FIRST, GROWTH, LEVELS = 9, 1.5, 10
STAGES = 8
"""Degree of the polynomials in each slab of time."""
MOST = 2_000_000
"""Numbers of an unknown over all times."""


@final
@dataclass(frozen=True)
class AsGrid(Representation):
    """Values on a tensor grid in space (Chebyshev nodes, Fourier along periodic axes), slab by slab
    in time.

    Args:
        nodes: per space axis; if left out, raised until the answer is followed.
        slabs: of time, each with a polynomial of degree eight; likewise.

    Interpolation is within a small factor of the best polynomial of the degree; breaks for jumps.
    """

    nodes: int | None = None
    slabs: int | None = None

    name: ClassVar[str] = "grid"

    def __post_init__(self) -> None:
        for option, least in (("nodes", 3), ("slabs", 1)):
            value = getattr(self, option)
            if value is not None and (not isinstance(value, int) or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")

    def refuse(self, problem: Problem) -> str | None:
        if problem.shape is not None and not isinstance(problem.shape, Box):
            return f"a tensor grid needs a box, not {problem.shape}"
        return None

    def attempts(self, solution: Solution, tol: float) -> Iterator[tuple[Field, str]]:
        problem = solution.problem
        nodes = self.nodes or (FIRST if problem.space else 1)
        slabs = (self.slabs or 2) if problem.interval else 0
        fixed = (self.nodes or not problem.space) and (self.slabs or not slabs)
        for _ in range(1 if fixed else LEVELS):
            count = nodes ** len(problem.space) * max(slabs * (STAGES + 1), 1)
            if count > MOST:
                return
            words = f"{nodes} nodes an axis" if problem.space else ""
            words += f"{words and ' in '}{slabs} slabs of time" if slabs else ""
            yield _interpolated(solution, nodes, slabs), words
            nodes = nodes if self.nodes or not problem.space else math.ceil(nodes * GROWTH)
            slabs = slabs if self.slabs else slabs * 2


def _interpolated(solution: Solution, nodes: int, slabs: int) -> Field:
    problem, axes = solution.problem, _axes(solution.problem, nodes)
    data = tuple(axis.data for axis in axes)
    grid = np.zeros((1, 0))
    if axes:
        meshes = np.meshgrid(*(axis.nodes for axis in axes), indexing="ij")
        grid = np.stack([part.ravel() for part in meshes], axis=1)
    shape = (*(axis.count for axis in axes), len(problem.unknowns))
    if problem.interval is None:
        values = solution.at(grid).reshape(shape)
        return GridField(jnp.asarray(_stored(values, axes, 0)), jnp.zeros(0), (), data)
    knots = np.linspace(*problem.interval, slabs + 1)
    stages = (1 - np.cos(np.pi * np.arange(STAGES + 1) / STAGES)) / 2
    times = (knots[:-1, None] + np.diff(knots)[:, None] * stages).ravel()
    points = np.column_stack([np.repeat(times, len(grid)), np.tile(grid, (len(times), 1))])
    values = solution.at(points).reshape(slabs, STAGES + 1, *shape)
    stored = _stored(values, axes, 2)
    return GridField(jnp.asarray(stored), jnp.asarray(knots), tuple(map(float, stages)), data)


def _axes(problem: Problem, nodes: int) -> list[Axis]:
    found: list[Axis] = []
    shape = problem.shape
    if shape is None:
        return found
    for c in problem.space:
        low, high = shape.bounds[shape.axes.index(c.name)]
        kind = FourierAxis if c.name in problem.traits.periodic else ChebyshevAxis
        found.append(kind(float(low), float(high), nodes))
    return found


def _stored(values: np.ndarray, axes: list[Axis], offset: int) -> np.ndarray:
    for k, axis in enumerate(axes):
        values = axis.stored(values, k + offset)
    return values
