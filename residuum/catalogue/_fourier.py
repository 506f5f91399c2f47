"""Reference evolutions on the periodic interval [-1, 1]: Fourier modes, exponential Runge-Kutta.

NumPy only, and apart from the library's own solvers, so that it can referee them.

Source: A.-K. Kassam, L. N. Trefethen, Fourth-Order Time-Stepping for Stiff PDEs, SIAM Journal on
Scientific Computing 26 (2005), doi:10.1137/S1064827502410633.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from residuum.catalogue._times import within

Modes = np.ndarray
"""Coefficients c_0 … c_K of u(x) = Re(c_0 + 2 Σ c_k exp(iπkx))."""

_WINDOW = 10
_CHUNK = 2048
_CIRCLE = 64


def waves(count: int) -> np.ndarray:
    """Return the wave numbers πk for k = 0 … count."""
    return np.pi * np.arange(count + 1)


def power(modes: Modes, exponent: int) -> Modes:
    """Return the modes of u**exponent: up to the cube, aliasing reaches the last mode at most."""
    count = len(modes) - 1
    size = 4 * count  # the modes of u³ end at 3K, which folds onto 4K - 3K = K
    values = np.fft.irfft(modes, size) * size
    return np.fft.rfft(values**exponent)[: count + 1] / size


@dataclass(frozen=True)
class Trajectory:
    """Modes at stored times, readable at any point.

    Args:
        edges: times that bound the panels, increasing, shape (panels + 1,).
        modes: shape (panels, kept + 1, K + 1), at equal steps within every panel.
    """

    edges: np.ndarray
    modes: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return u at points (n, 2) of columns t and x, as (n, 1).

        Raises:
            OptionError: a time lies outside the edges.
        """
        points = np.asarray(points, float)
        within(points[:, 0], self.edges[0], self.edges[-1])
        pieces = [self._piece(points[i : i + _CHUNK]) for i in range(0, len(points), _CHUNK)]
        return np.concatenate([np.zeros(0), *pieces])[:, None]

    def _piece(self, points: np.ndarray) -> np.ndarray:
        # Points of a tensor grid share times and places: each is worked out once.
        times, row = np.unique(points[:, 0], return_inverse=True)
        places, column = np.unique(points[:, 1], return_inverse=True)
        count = self.modes.shape[2] - 1
        shapes = np.exp(1j * places[:, None] * waves(count))
        shapes[:, 1:] *= 2
        found: np.ndarray = np.einsum("nk,nk->n", self.at(times)[row], shapes[column]).real
        return found

    def at(self, times: np.ndarray) -> np.ndarray:
        """Return the modes (n, K + 1) at times (n,), by local polynomials of degree nine."""
        panel = np.clip(np.searchsorted(self.edges, times, "right") - 1, 0, len(self.edges) - 2)
        kept = self.modes.shape[1] - 1
        width = self.edges[panel + 1] - self.edges[panel]
        place = (times - self.edges[panel]) / width * kept
        first = np.clip(np.floor(place).astype(int) - _WINDOW // 2 + 1, 0, kept + 1 - _WINDOW)
        weights = _lagrange(place - first)
        total = np.zeros((len(times), self.modes.shape[2]), complex)
        for i in range(_WINDOW):
            total += weights[:, i, None] * self.modes[panel, first + i]
        return total


def _lagrange(place: np.ndarray) -> np.ndarray:
    """Return the weights (n, window) of the nodes 0, 1, … at places (n,)."""
    nodes = np.arange(_WINDOW)
    weights = np.ones((len(place), _WINDOW))
    for i in nodes:
        for j in nodes[nodes != i]:
            weights[:, i] *= (place - j) / (i - j)
    return weights


def evolve(
    start: Modes,
    linear: np.ndarray,
    nonlinear: Callable[[Modes], Modes],
    *,
    edges: Sequence[float],
    steps: int,
    kept: int,
) -> Trajectory:
    """Integrate c' = linear·c + nonlinear(c) and keep what is needed to read it at any time.

    Args:
        start: modes at the first edge.
        linear: factor of every mode, shape (K + 1,).
        nonlinear: the rest of the right-hand side.
        edges: times that bound the panels; put short panels where the solution is rough in time.
        steps: steps in every panel, a multiple of ``kept``.
        kept: stored times in every panel, at least nine.
    """
    modes, panels = np.asarray(start, complex), []
    for low, high in pairwise(edges):
        step = _stepper(linear, nonlinear, (high - low) / steps)
        stored = [modes]
        for i in range(1, steps + 1):
            modes = step(modes)
            if i % (steps // kept) == 0:
                stored.append(modes)
        panels.append(np.array(stored))
    return Trajectory(np.asarray(edges, float), np.array(panels))


def _stepper(
    linear: np.ndarray, nonlinear: Callable[[Modes], Modes], step: float
) -> Callable[[Modes], Modes]:
    """Return one step of ETDRK4 as a function of the modes."""
    whole, half = np.exp(step * linear), np.exp(step * linear / 2)
    q, f1, f2, f3 = _weights(step * linear, step)

    def advance(c: Modes) -> Modes:
        n = nonlinear(c)
        a = half * c + q * n
        na = nonlinear(a)
        b = half * c + q * na
        nb = nonlinear(b)
        nc = nonlinear(half * a + q * (2 * nb - n))
        advanced: Modes = whole * c + f1 * n + 2 * f2 * (na + nb) + f3 * nc
        return advanced

    return advance


def _weights(scaled: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Return the four weights, as means over a circle: their formulas cancel badly near zero."""
    circle = np.exp(2j * np.pi * (np.arange(_CIRCLE) + 0.5) / _CIRCLE)
    z = scaled[:, None] + circle
    e = np.exp(z)
    formulas = (
        (np.exp(z / 2) - 1) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / z**3,
        (2 + z + e * (z - 2)) / z**3,
        (-4 - 3 * z - z**2 + e * (4 - z)) / z**3,
    )
    means = [step * item.mean(axis=1) for item in formulas]
    return tuple(item.real if np.isrealobj(scaled) else item for item in means)
