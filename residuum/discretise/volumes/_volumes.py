"""Finite volumes: the rate of the cell means of a conservation law.

B. van Leer, Towards the ultimate conservative difference scheme V, J. Comput. Phys. 32 (1979): in
every cell a limited linear function, at every face a Riemann problem between the two sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from sympy.core.function import AppliedUndef

from residuum._core import Source
from residuum._core._arrays import on_device
from residuum.discretise.volumes._cells import Cells
from residuum.discretise.volumes._law import ConservationLaw
from residuum.discretise.volumes._limiter import Limiter, VanLeer
from residuum.discretise.volumes._positive import candidates, positive_of
from residuum.discretise.volumes._riemann import HLL, Riemann
from residuum.discretise.volumes._sides import Sides
from residuum.discretise.volumes._signals import Signals, value_at
from residuum.problem._places import at_points

LEER = Source(
    "muscl",
    "Towards the ultimate conservative difference scheme. V. A second-order sequel to Godunov's "
    "method",
    "B. van Leer",
    1979,
    "doi:10.1016/0021-9991(79)90145-1",
    "verified",
)
DIFFUSIVE = 0.8
"""Part of the stability limit h²/(2D) of explicit diffusion that a step may take."""


@final
@dataclass(frozen=True)
class Scheme:
    """The choices of a finite-volume scheme.

    Args:
        limiter: slope limiter.
        riemann: flux between two states.
        cfl: largest part of a cell that a wave may cross in a step, summed over the axes. Up to
            one half keeps the total variation of a scalar from growing and concave quantities
            positive.
        positive: expressions to be kept positive besides those found in the statement.
    """

    limiter: Limiter = field(default_factory=VanLeer)
    riemann: Riemann = field(default_factory=HLL)
    cfl: float = 0.4
    positive: tuple[Any, ...] = ()


@final
class Volumes:
    """A conservation law on cells.

    States are cell means of shape (m, *counts).

    Args:
        signals: the speeds of the law.
        cells: the cells.
        scheme: limiter, Riemann solver, Courant number.
    """

    def __init__(self, signals: Signals, cells: Cells, scheme: Scheme | None = None) -> None:
        self.signals, self.cells = signals, cells
        self.law: ConservationLaw = signals.law
        self.scheme = scheme or Scheme()
        begin = self.law.problem.interval
        assert begin is not None
        self.begin = begin[0]
        points = np.asarray(self._timed(cells.centres, self.begin))
        found = candidates(signals)
        self.positive, self.start, self.notes = positive_of(
            self.law, found, self._averages(), points, named=self.scheme.positive
        )
        self.sides = Sides(self.law, cells, self.positive.expressions)
        at = self.law.at
        self._flux = [[at(f) for f in row] for row in self.law.fluxes]
        self._spread = [[at(g) for g in row] for row in self.law.spreading]
        self._source = [at(s) for s in self.law.sources]

    def rate(
        self, state: Array, time: Array | float, parameters: Mapping[str, Any]
    ) -> tuple[Array, Array]:
        """Return du/dt, of the shape of the state, and the least admissible 1/step."""
        time = jnp.asarray(time, state.dtype)
        axes = range(self.cells.dimension)
        points = self._timed(self.cells.centres, time)
        padded = [self._padded(state, k, time, parameters) for k in axes]
        halves = [self._half(padded[k], k) for k in axes]
        halves = self.positive.kept(points, state, halves, parameters)
        slopes = self._slopes(padded)
        total, need = self._sources(points, state, parameters)
        for k in axes:
            ends = self._ends(state, halves[k], k, time, parameters)
            flux, speed = self._through(ends, k, time, parameters)
            width = self.cells.widths[k]
            need = need + speed / (width * self.scheme.cfl)
            if self.signals.diffusion[k] is not None:
                gradient = self._gradient(padded, slopes, k)
                spread, much = self._spreading(padded[k], gradient, k, time, parameters)
                flux, need = flux + spread, need + 2 * much / (DIFFUSIVE * width**2)
            total = total - jnp.moveaxis(jnp.diff(flux, axis=1), 1, 1 + k) / width
        return total, jax.lax.stop_gradient(need)

    def admissible(self, state: Array, time: Array | float, parameters: Mapping[str, Any]) -> Array:
        """Return whether every value is finite and every positive quantity positive."""
        return self.positive.least(self._timed(self.cells.centres, time), state, parameters)

    def pace(self) -> float:
        """Return about how many steps per unit of time the initial data ask for."""
        points = np.asarray(self._timed(self.cells.centres, self.begin))
        rate = self.signals.rates(points, self.start, self.cells.widths)
        return rate / self.scheme.cfl

    def unreal(self) -> str | None:
        """Return where the initial data have speeds that are not real, or ``None``."""
        points = np.asarray(self._timed(self.cells.centres, self.begin))
        return self.signals.unreal(points, self.start)

    # Reconstruction; from here on the axis in question is the second of the array.

    def _padded(self, state: Array, axis: int, time: Array, parameters: Mapping[str, Any]) -> Array:
        moved = jnp.moveaxis(state, 1 + axis, 1)
        if self.cells.periodic[axis]:
            return jnp.concatenate([moved[:, -1:], moved, moved[:, :1]], axis=1)
        ghosts = [
            self.sides.ghost((axis, upper), moved[:, -1 if upper else 0], time, parameters)
            for upper in (False, True)
        ]
        return jnp.concatenate([ghosts[0][:, None], moved, ghosts[1][:, None]], axis=1)

    def _half(self, padded: Array, axis: int) -> Array:
        differences = jnp.diff(padded, axis=1)
        back, ahead = differences[:, :-1], differences[:, 1:]
        slope = self.scheme.limiter(back, ahead)
        # Behind a given state the difference spans half the distance: no steeper than up to it.
        for upper, row, own in ((False, 0, back), (True, -1, ahead)):
            if not self.cells.periodic[axis] and self.sides.full((axis, upper)):
                edge = jnp.abs(own[:, row])
                slope = slope.at[:, row].set(jnp.clip(slope[:, row], -edge, edge))
        return jnp.moveaxis(slope, 1, 1 + axis) / 2

    def _ends(
        self, state: Array, half: Array, axis: int, time: Array, parameters: Mapping[str, Any]
    ) -> tuple[Array, Array]:
        """Return the states left and right of all faces."""
        low, high = (jnp.moveaxis(state + s * half, 1 + axis, 1) for s in (-1.0, 1.0))
        if self.cells.periodic[axis]:
            first, last = high[:, -1], low[:, 0]
        else:
            first = self.sides.outer((axis, False), low[:, 0], time, parameters)
            last = self.sides.outer((axis, True), high[:, -1], time, parameters)
        left = jnp.concatenate([first[:, None], high], axis=1)
        right = jnp.concatenate([low, last[:, None]], axis=1)
        return left, right

    def _through(
        self, ends: tuple[Array, Array], axis: int, time: Array, parameters: Mapping[str, Any]
    ) -> tuple[Array, Array]:
        """Return the fluxes through all faces and the largest speed."""
        points = self._faces(axis, time)
        fluxes = [
            jnp.stack([value_at(f, points, end, parameters) for f in self._flux[axis]])
            for end in ends
        ]
        low, high = self.signals.across(axis, points, ends, parameters)
        flux = self.scheme.riemann(ends, (fluxes[0], fluxes[1]), (low, high))
        return flux, jnp.maximum(jnp.abs(low), jnp.abs(high)).max()

    # Diffusion

    def _slopes(self, padded: Sequence[Array]) -> list[Array]:
        """Return central differences along every axis, cells in their own order."""
        if not any(self.signals.diffusion):
            return []
        pairs = zip(padded, self.cells.widths, strict=True)
        return [
            jnp.moveaxis((p[:, 2:] - p[:, :-2]) / (2 * width), 1, 1 + k)
            for k, (p, width) in enumerate(pairs)
        ]

    def _gradient(
        self, padded: Sequence[Array], slopes: Sequence[Array], axis: int
    ) -> dict[tuple[int, int], Array]:
        """Return first derivatives at all faces across an axis, by (unknown, axis)."""
        found = {}
        for k in range(self.cells.dimension):
            if k == axis:
                rows = jnp.diff(padded[k], axis=1) / self.cells.widths[k]
            else:
                moved = jnp.moveaxis(slopes[k], 1 + axis, 1)
                around = self.cells.periodic[axis]
                ends = (moved[:, -1:], moved[:, :1]) if around else (moved[:, :1], moved[:, -1:])
                wide = jnp.concatenate([ends[0], moved, ends[1]], axis=1)
                rows = (wide[:, 1:] + wide[:, :-1]) / 2
            found.update({(j, k): rows[j] for j in range(self.law.count)})
        return found

    def _spreading(
        self,
        padded: Array,
        gradient: Mapping[tuple[int, int], Array],
        axis: int,
        time: Array,
        parameters: Mapping[str, Any],
    ) -> tuple[Array, Array]:
        """Return diffusive fluxes through all faces and the largest diffusivity."""
        points, state = self._faces(axis, time), (padded[:, 1:] + padded[:, :-1]) / 2
        rows = [value_at(g, points, state, parameters, slopes=gradient) for g in self._spread[axis]]
        much = self.signals.diffusion[axis]
        assert much is not None
        top = value_at(much, points, state, parameters, slopes=gradient)
        return jnp.stack(rows), jnp.maximum(top, 0.0).max()

    def _sources(
        self, points: Array, state: Array, parameters: Mapping[str, Any]
    ) -> tuple[Array, Array]:
        rows = [value_at(s, points, state, parameters) for s in self._source]
        return jnp.stack(rows), self.signals.reaction_rate(points, state, parameters).max()

    # Places

    def _faces(self, axis: int, time: Array) -> Array:
        shape = [n + (k == axis) for k, n in enumerate(self.cells.counts)]
        places = self.cells.faces(axis).reshape(*shape, -1)
        ordered = np.moveaxis(places, axis, 0).reshape(-1, self.cells.dimension)
        return self._timed(ordered, time)

    @staticmethod
    def _timed(places: np.ndarray, time: Array | float) -> Array:
        points = on_device(places)
        column = jnp.broadcast_to(jnp.asarray(time, points.dtype), (len(places), 1))
        return jnp.concatenate([column, points], axis=1)

    def _averages(self) -> np.ndarray:
        """Return the means of the initial data over the cells."""
        problem, inner = self.law.problem, self.cells.inner()
        points = np.column_stack([np.full(len(inner), self.begin), inner])
        found = []
        for u in problem.unknowns:
            value = problem.initial_value(u)
            assert value is not None  # the checks of the problem ask for it
            if value.atoms(AppliedUndef) or value.free_symbols - set(problem.coordinates):
                part = self.law.at(value)
                samples = np.asarray(part(jnp.asarray(points), {}, parameters=self.law.values()))
            else:
                samples = at_points(problem, value, points)
            found.append(self.cells.averaged(samples))
        return np.stack(found)
