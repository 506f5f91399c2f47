"""Reference evolutions on a periodic box in any dimension: Fourier modes, exponential Runge-Kutta.

NumPy only, and apart from the library's own solvers, so that it can referee them. All modes are
kept complex, so that complex unknowns need no second program.

Source: A.-K. Kassam, L. N. Trefethen, Fourth-Order Time-Stepping for Stiff PDEs, SIAM Journal on
Scientific Computing 26 (2005), doi:10.1137/S1064827502410633.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from residuum.catalogue._times import within

Fields = np.ndarray
"""Values or modes of several fields on the grid, shape (fields, n, …)."""

_CIRCLE = 32
_WINDOW = 10
_CHUNK = 4_000_000


@dataclass(frozen=True)
class Torus:
    """A periodic box with ``count`` points along each axis.

    Args:
        low, length: start and length of each axis, (d,).
        count: points per axis, even.
    """

    low: tuple[float, ...]
    length: tuple[float, ...]
    count: int

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of an array of fields that belong to space."""
        return tuple(range(1, 1 + len(self.low)))

    @cached_property
    def grid(self) -> tuple[np.ndarray, ...]:
        """The coordinates, each of shape (n, …)."""
        lines = [
            a + b * np.arange(self.count) / self.count
            for a, b in zip(self.low, self.length, strict=True)
        ]
        return tuple(np.meshgrid(*lines, indexing="ij"))

    @cached_property
    def waves(self) -> tuple[np.ndarray, ...]:
        """The wave numbers along each axis, each of shape (n, …)."""
        lines = [2 * np.pi * np.fft.fftfreq(self.count, b / self.count) for b in self.length]
        return tuple(np.meshgrid(*lines, indexing="ij"))

    @cached_property
    def square(self) -> np.ndarray:
        """The squared length of the wave vector, (n, …)."""
        total: np.ndarray = np.sum(np.square(self.waves), axis=0)
        return total

    @cached_property
    def kept(self) -> np.ndarray:
        """Which modes are kept, (n, …): the lower two thirds along each axis."""
        limits = [np.abs(k) < 2 * np.pi / b * self.count / 3 for k, b in self._pairs()]
        kept: np.ndarray = np.logical_and.reduce(limits)
        return kept

    def _pairs(self) -> list[tuple[np.ndarray, float]]:
        return list(zip(self.waves, self.length, strict=True))

    def modes(self, values: Fields) -> Fields:
        """Return the kept modes of values."""
        found: Fields = np.fft.fftn(values, axes=self.axes) * self.kept
        return found

    def values(self, modes: Fields) -> Fields:
        """Return the values of modes, complex."""
        found: Fields = np.fft.ifftn(modes, axes=self.axes)
        return found


@dataclass(frozen=True)
class History:
    """Modes at stored times, readable at any point.

    Args:
        torus: the box and its grid.
        times: (m,), increasing, ten or more.
        modes: (m, fields, n, …).
        turning: frequency of every mode by the linear part alone, (fields or 1, n, …), which is
            taken out before modes are interpolated in time: waves may turn fast.
    """

    torus: Torus
    times: np.ndarray
    modes: np.ndarray
    turning: np.ndarray | None = None

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return complex values at points (n, 1 + d) of columns t, x, …, as (n, fields).

        Raises:
            OptionError: a time outside those stored.
        """
        points = np.asarray(points, float)
        within(points[:, 0], self.times[0], self.times[-1])
        found = np.zeros((len(points), self.modes.shape[1]), complex)
        times, which = np.unique(points[:, 0], return_inverse=True)
        order = np.argsort(which, kind="stable")
        ends = np.searchsorted(which[order], np.arange(len(times) + 1))
        for i, time in enumerate(times):
            rows = order[ends[i] : ends[i + 1]]
            found[rows] = self._space(self.at(time), points[rows, 1:])
        return found

    def at(self, time: float) -> Fields:
        """Return the modes at a time, by a local polynomial of degree nine."""
        last = len(self.times) - 1
        after = int(np.searchsorted(self.times, time, side="right"))
        first = int(np.clip(after - _WINDOW // 2, 0, last + 1 - _WINDOW))
        near = self.times[first : first + _WINDOW]
        weights = np.ones(_WINDOW)
        for i in range(_WINDOW):
            for j in range(_WINDOW):
                weights[i] *= (time - near[j]) / (near[i] - near[j]) if i != j else 1.0
        window = self.modes[first : first + _WINDOW]
        if self.turning is None:
            total: Fields = np.tensordot(weights, window, axes=1)
            return total
        total = np.zeros_like(window[0])
        for weight, then, modes in zip(weights, near, window, strict=True):
            total += weight * np.exp(1j * self.turning * (time - then)) * modes
        return total

    def then(self, later: History) -> History:
        """Return this evolution up to its end, and a later one from there on."""
        times = np.concatenate([self.times, later.times[1:] + self.times[-1]])
        modes = np.concatenate([self.modes, later.modes[1:]])
        return History(self.torus, times, modes, self.turning)

    def _space(self, modes: Fields, places: np.ndarray) -> np.ndarray:
        """Return the trigonometric polynomial at places (n, d), summed axis by axis."""
        scale = self.torus.count ** len(self.torus.low)
        size = max(1, _CHUNK // max(1, modes[0].size // self.torus.count))
        pieces = []
        for start in range(0, len(places), size):
            some = places[start : start + size]
            # One axis at a time from the last: (fields, …, n) becomes (points, fields, …).
            lines = [self._waves(axis, some[:, axis]) for axis in range(places.shape[1])]
            total = np.tensordot(lines[-1], modes, axes=(1, modes.ndim - 1))
            for line in lines[-2::-1]:
                total = np.einsum("pf...k,pk->pf...", total, line)
            pieces.append(total / scale)
        return np.concatenate(pieces)

    def _waves(self, axis: int, x: np.ndarray) -> np.ndarray:
        index = np.fft.fftfreq(self.torus.count, 1 / self.torus.count)
        shift = (x - self.torus.low[axis]) / self.torus.length[axis]
        waves: np.ndarray = np.exp(2j * np.pi * shift[:, None] * index)
        return waves


def march(
    torus: Torus,
    start: Fields,
    linear: np.ndarray,
    nonlinear: Callable[[Fields], Fields],
    *,
    end: float,
    steps: int,
    kept: int,
) -> History:
    """Integrate modes' = linear·modes + nonlinear(modes) from time 0 and keep what can be read.

    Args:
        torus: the box and its grid.
        start: values at the start, (fields, n, …).
        linear: factor of every mode, (fields or 1, n, …).
        nonlinear: the rest of the right-hand side, from modes to modes.
        end: the last time.
        steps: a multiple of ``kept``.
        kept: stored times besides the start, nine or more.
    """
    modes = torus.modes(start)
    step = _stepper(linear, lambda c: nonlinear(c) * torus.kept, end / steps)
    stored = [modes]
    for i in range(1, steps + 1):
        modes = step(modes)
        if i % (steps // kept) == 0:
            stored.append(modes)
    turning = np.imag(linear) if np.iscomplexobj(linear) else None
    return History(torus, np.linspace(0, end, kept + 1), np.array(stored), turning)


def _stepper(
    linear: np.ndarray, nonlinear: Callable[[Fields], Fields], step: float
) -> Callable[[Fields], Fields]:
    whole, half = np.exp(step * linear), np.exp(step * linear / 2)
    q, f1, f2, f3 = _weights(step * linear, step)

    def advance(c: Fields) -> Fields:
        n = nonlinear(c)
        a = half * c + q * n
        na = nonlinear(a)
        nb = nonlinear(half * c + q * na)
        nc = nonlinear(half * a + q * (2 * nb - n))
        advanced: Fields = whole * c + f1 * n + 2 * f2 * (na + nb) + f3 * nc
        return advanced

    return advance


def _weights(scaled: np.ndarray, step: float) -> list[np.ndarray]:
    """Return the four weights, as means over a circle: their formulas cancel badly near zero."""
    # Many modes share one length of their wave vector: each is worked out once.
    different, where = np.unique(scaled, return_inverse=True)
    totals = [np.zeros(len(different), complex) for _ in range(4)]
    for turn in np.exp(2j * np.pi * (np.arange(_CIRCLE) + 0.5) / _CIRCLE):
        z = different + turn
        e = np.exp(z)
        totals[0] += (np.exp(z / 2) - 1) / z
        totals[1] += (-4 - z + e * (4 - 3 * z + z**2)) / z**3
        totals[2] += (2 + z + e * (z - 2)) / z**3
        totals[3] += (-4 - 3 * z - z**2 + e * (4 - z)) / z**3
    means = [(step / _CIRCLE * item)[where].reshape(scaled.shape) for item in totals]
    return [item.real if np.isrealobj(scaled) else item for item in means]
