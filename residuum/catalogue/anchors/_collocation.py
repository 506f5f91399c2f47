"""Reference solutions of stiff and differential-algebraic systems: Radau points of high order.

NumPy only. On every step a polynomial meets the equations at seven Radau points, an implicit
Runge-Kutta method of order 13 (Hairer and Wanner, Solving Ordinary Differential Equations II,
section IV.5); the step is cut until the last coefficients of the polynomial are small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from residuum.catalogue._times import within

STAGES = 7
_NEWTON, _SLACK = 12, 1e-20

Defect = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""State and rate, shape (m, …) each and possibly complex, to what must vanish, (m, …)."""


@lru_cache(maxsize=1)
def radau() -> np.ndarray:
    """Return the Radau points on (0, 1], (STAGES,): the last is 1."""
    legendre = np.polynomial.legendre.Legendre
    left = legendre.basis(STAGES) - legendre.basis(STAGES - 1)
    points = (np.sort(left.roots().real) + 1) / 2
    points[-1] = 1.0
    return points


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Return values of Legendre polynomials to coefficients, and the rates at the points."""
    nodes = np.concatenate([[0.0], radau()])
    values = np.polynomial.legendre.legvander(2 * nodes - 1, STAGES)
    to_series = np.linalg.inv(values)
    slopes = np.stack(
        [
            2 * np.polynomial.legendre.Legendre.basis(k).deriv()(2 * radau() - 1)
            for k in range(STAGES + 1)
        ],
        axis=1,
    )
    return to_series, slopes @ to_series


@dataclass(frozen=True)
class Pieces:
    """A piecewise polynomial in time.

    Args:
        edges: times that bound the pieces, (n + 1,).
        series: Legendre coefficients on every piece, (n, STAGES + 1, m).
    """

    edges: np.ndarray
    series: np.ndarray

    def __call__(self, times: np.ndarray) -> np.ndarray:
        """Return the state (k, m) at times (k,).

        Raises:
            OptionError: a time outside the edges.
        """
        times = within(np.asarray(times, float), self.edges[0], self.edges[-1])
        which = np.clip(np.searchsorted(self.edges, times, "right") - 1, 0, len(self.series) - 1)
        place = (times - self.edges[which]) / np.diff(self.edges)[which]
        shapes = np.polynomial.legendre.legvander(2 * place - 1, STAGES)
        found: np.ndarray = np.einsum("kj,kjm->km", shapes, self.series[which])
        return found


def collocate(
    defect: Defect, start: np.ndarray, end: float, *, tolerance: float = 1e-13, first: float = 1e-6
) -> Pieces:
    """Solve defect(y, y') = 0 from time 0.

    Args:
        defect: analytic, so that a complex step differentiates it; of index one at most.
        start: consistent state at time 0, (m,).
        end: the last time.
        tolerance: last coefficients of a piece, relative to the largest value of each component
            so far.
        first: the first step tried.
    """
    time, step = 0.0, first
    state = np.asarray(start, float)
    size = np.abs(state) + 1e-300
    edges, series = [0.0], []
    to_series, _ = _tables()
    while time < end:
        step = min(step, end - time)
        stages = _stages(defect, state, step)
        if stages is not None:
            found = to_series @ stages
            # Components that start at zero are measured by what they reach.
            reach = np.maximum(size, np.abs(stages).max(axis=0))
            rough = float((np.abs(found[-2:]).max(axis=0) / reach).max())
        if stages is None or rough > tolerance:
            step /= 2
            continue
        time = end if step == end - time else time + step
        state, size = stages[-1], reach
        edges.append(time)
        series.append(found)
        step *= min(3.0, 0.8 * (tolerance / max(rough, 1e-3 * tolerance)) ** (1 / STAGES) + 0.1)
    return Pieces(np.array(edges), np.array(series))


def _stages(defect: Defect, state: np.ndarray, step: float) -> np.ndarray | None:
    """Return the state at the start and the points, (STAGES + 1, m), or None without success."""
    _, slopes = _tables()
    m = len(state)
    values = np.tile(state, (STAGES + 1, 1))
    best = np.inf
    for _ in range(_NEWTON):
        rates = slopes @ values / step
        by_state, by_rate = _jacobians(defect, values[1:], rates)
        matrix = np.einsum("iab,ij->iajb", by_rate, slopes[:, 1:] / step)
        for i in range(STAGES):
            matrix[i, :, i, :] += by_state[i]
        right = defect(values[1:].T, rates.T).T
        change = np.linalg.solve(matrix.reshape(STAGES * m, -1), right.ravel())
        values[1:] -= change.reshape(STAGES, m)
        if not np.isfinite(values).all():
            return None
        moved = float((np.abs(change.reshape(STAGES, m)).max(axis=0) / _scale(values)).max())
        if moved < 1e-15 or (moved < 1e-10 and moved > best / 2):
            return values
        best = min(best, moved)
    return None


def _scale(values: np.ndarray) -> np.ndarray:
    scale: np.ndarray = np.abs(values).max(axis=0) + 1e-300
    return scale


def _jacobians(
    defect: Defect, values: np.ndarray, rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the derivatives (STAGES, m, m) by state and by rate, exact by a complex step."""
    found = []
    for which in (0, 1):
        columns = []
        for k in range(values.shape[1]):
            arguments = [values.T.astype(complex), rates.T.astype(complex)]
            arguments[which][k] += 1j * _SLACK
            columns.append(defect(*arguments).imag / _SLACK)
        found.append(np.stack(columns, axis=-1).transpose(1, 0, 2))
    return found[0], found[1]
