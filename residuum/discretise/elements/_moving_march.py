"""Time steps on linear elements whose nodes follow the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from residuum._core import Result
from residuum.discretise.elements._equidistribution import (
    equidistributed,
    relaxed,
    slope_monitor,
)
from residuum.discretise.elements._moving_line import MovingLine

GAMMA = 1 - np.sqrt(0.5)
NEWTON, SMALL = 8, 1e-9
"""Newton steps of a stage, and the relative change that ends them."""
MOST_STEPS = 3_000
FIRST = 1e-4
"""First step over the interval."""


@final
@dataclass
class MovingMarch:
    """Kept states of a march on moving nodes.

    Args:
        times: (k,).
        nodes: (k, n), increasing along the second axis.
        values: (k, n, unknowns).
        result: how it ended.
        rejected: steps taken again.
    """

    times: np.ndarray
    nodes: np.ndarray
    values: np.ndarray
    result: Result
    rejected: int = 0


@final
@dataclass
class _March:
    """One march: the state so far."""

    line: MovingLine
    tol: float
    strength: float
    lag: float
    watch: Callable[[float], bool] | None
    rejected: int = 0

    def begun(self) -> tuple[np.ndarray, np.ndarray]:
        """Return nodes adapted to the initial values, and these."""
        nodes = self.line.start
        for _ in range(20):
            values = self.line.initial(nodes)
            nodes = equidistributed(nodes, slope_monitor(nodes, values, self.strength))
        return nodes, self.line.initial(nodes)

    def go(self, interval: tuple[float, float]) -> MovingMarch:
        """March over the interval."""
        time, end = interval
        nodes, values = self.begun()
        kept = [(time, nodes, values)]
        size = float(np.abs(values).max()) or 1.0
        step, result = FIRST * (end - time), Result.SUCCESSFUL
        while time < end - 1e-12 * (end - interval[0]):
            if len(kept) > MOST_STEPS or step < 1e-12 * (end - interval[0]):
                result = Result.STAGNATED
                break
            if self.watch is not None and self.watch((time - interval[0]) / (end - interval[0])):
                result = Result.OUT_OF_BUDGET
                break
            step = min(step, end - time)
            monitor = slope_monitor(nodes, values, self.strength)
            moved = relaxed(nodes, monitor, step / self.lag)
            found = self._step((time, step), (nodes, moved), values)
            error = np.inf if found is None else found[1] / (self.tol * size)
            if found is None or error > 1:
                self.rejected += 1
                step *= 0.3 if found is None else max(0.3, 0.9 / np.sqrt(error))
                continue
            time, nodes, values = time + step, moved, found[0]
            size = max(size, float(np.abs(values).max()))
            kept.append((time, nodes, values))
            step *= min(2.0, 0.9 / np.sqrt(max(error, 1e-4)))
        if len(kept) == 1:
            kept.append((end, nodes, values))
        times, places, states = (np.stack(part) for part in zip(*kept, strict=True))
        return MovingMarch(times, places, states, result, self.rejected)

    def _step(
        self, when: tuple[float, float], nodes: tuple[np.ndarray, np.ndarray], values: np.ndarray
    ) -> tuple[np.ndarray, float] | None:
        """Return the values after one step and its error, or ``None`` where Newton fails."""
        (time, step), (old, new) = when, nodes
        speed = (new - old) / step
        state, rate = self.line.numbered(values), np.zeros(values.size)
        bases, matrix = [state], None
        rates: list[np.ndarray] = []
        for share in (GAMMA, 1.0):
            base = state if not rates else state + (1 - GAMMA) * step * rates[0]
            spot = (time + share * step, old + share * (new - old), speed)
            solved = self._stage(spot, base, rate, step, matrix)
            if solved is None:
                return None
            rate, matrix = solved
            rates.append(rate)
            bases.append(base + GAMMA * step * rate)
        # Of second order the step, of first order what it is compared with.
        error = float(np.sqrt(np.mean((GAMMA * step * (rates[1] - rates[0])) ** 2)))
        return self.line.ordered(bases[-1]), error

    def _stage(
        self, spot: tuple[Any, ...], base: np.ndarray, rate: np.ndarray, step: float, matrix: Any
    ) -> tuple[np.ndarray, Any] | None:
        """Solve F(t, base + γ h k, k) = 0 for k by Newton's method."""
        time, nodes, speed = spot
        held, wanted = self.line.system.fixed(time)
        free = self.line.system.free
        rate = rate.copy()
        rate[held] = (wanted - base[held]) / (GAMMA * step)

        def rest(k: np.ndarray) -> np.ndarray:
            return self.line.residual(time, nodes, speed, base + GAMMA * step * k, k)

        now, size = rest(rate), None
        unit = max(float(np.abs(base).max()) / (GAMMA * step), float(np.abs(rate).max())) or 1.0
        for turn in range(NEWTON):
            if matrix is None or turn == 3:
                matrix = self._slopes(rest, rate, now, unit)
            move = np.zeros_like(rate)
            move[free] = matrix.solve(-now[free])
            rate = rate + move
            now = rest(rate)
            largest = float(np.abs(GAMMA * step * move).max())
            if not np.isfinite(largest):
                return None
            if largest <= SMALL * (float(np.abs(base).max()) + largest):
                return rate, matrix
            if size is not None and largest > 2 * size:
                matrix = self._slopes(rest, rate, now, unit)
            size = largest
        return None

    def _slopes(
        self, rest: Callable[..., np.ndarray], rate: np.ndarray, now: np.ndarray, unit: float
    ) -> Any:
        """Return factors of ∂F/∂k on the free numbers, by differences of three nodes at a time."""
        line, free = self.line, self.line.system.free
        place = np.argsort(line.order)
        rows, columns, entries = [], [], []
        size = 1e-6 * unit
        nodes = np.arange(line.count)
        for j in range(line.unknowns):
            for colour in range(3):
                own = nodes[place[nodes] % 3 == colour]
                moved = rate.copy()
                moved[line.space.offsets[j] + own] += size
                slope = ((rest(moved) - now) / size).reshape(line.unknowns, -1)[:, line.order]
                centre = nodes[colour::3]
                for shift in (-1, 0, 1):
                    near = centre + shift
                    fits = (near >= 0) & (near < line.count)
                    for i in range(line.unknowns):
                        rows.append(line.space.offsets[i] + line.order[near[fits]])
                        columns.append(line.space.offsets[j] + line.order[centre[fits]])
                        entries.append(slope[i, near[fits]])
        shape = (len(rate),) * 2
        parts = (np.concatenate(rows), np.concatenate(columns))
        matrix = sp.csc_matrix((np.concatenate(entries), parts), shape)
        return sla.splu(matrix[free][:, free].tocsc())


def march_moving(
    line: MovingLine,
    *,
    tol: float,
    strength: float = 1.0,
    lag: float | None = None,
    watch: Callable[[float], bool] | None = None,
) -> MovingMarch:
    """Integrate on nodes that follow the steep parts of the answer.

    Every step first moves the nodes by one implicit step of MMPDE5, then solves on the moving cells
    by the L-stable diagonally implicit Runge-Kutta method of order two (Alexander 1977).

    Args:
        line: the discrete problem.
        tol: error per step, relative to the largest value; of the method of order one.
        strength: of the monitor; see ``slope_monitor``.
        lag: time τ by which the nodes lag behind; a twentieth of the interval by default.
        watch: told the share of the interval; a true answer ends the march.
    """
    interval = line.problem.interval
    assert interval is not None
    lag = 0.05 * (interval[1] - interval[0]) if lag is None else lag
    return _March(line, tol, strength, lag, watch).go(interval)
