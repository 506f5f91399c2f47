"""What an integration found: states at the ends of the steps and polynomials between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import final

import numpy as np

from residuum._core import OptionError, Result


@final
@dataclass
class Evolution:
    """States over time, with dense output.

    Args:
        times: ends of the kept pieces, (k,).
        states: (k, n), all finite.
        start_rate: rates at the start, (n,).
        pieces: coefficients of the powers of (t - t_i) / (t_{i+1} - t_i), k - 1 arrays (degree + 1,
            n); as accurate as the steps.
        result: how it ended; states up to the last time are valid whatever it says.
        counts: ``steps``, ``rejected``, ``newton`` iterations, ``factorisations``, ``residuals``,
            ``solves``.
        thinning: largest difference between a thinned piece and the steps it replaced, in units
            of the weights; zero where nothing was thinned.
    """

    times: np.ndarray
    states: np.ndarray
    start_rate: np.ndarray
    pieces: list[np.ndarray]
    result: Result = Result.SUCCESSFUL
    counts: dict[str, int] = field(default_factory=dict)
    thinning: float = 0.0

    @property
    def rates(self) -> np.ndarray:
        """Derivatives of the dense output at the times, (k, n), from the piece before each."""
        lengths = np.diff(self.times)
        if not self.pieces:
            return self.start_rate[None].copy()
        ends = [_slope(p, 1.0) / h for p, h in zip(self.pieces, lengths, strict=True)]
        return np.stack([self.pieces[0][1] / lengths[0], *ends])

    @property
    def steps(self) -> int:
        """Accepted steps."""
        return self.counts.get("steps", 0)

    @property
    def rejected(self) -> int:
        """Steps tried in vain."""
        return self.counts.get("rejected", 0)

    @property
    def newton(self) -> int:
        """Newton iterations."""
        return self.counts.get("newton", 0)

    @property
    def factorisations(self) -> int:
        """Matrices factorised."""
        return self.counts.get("factorisations", 0)

    def at(self, time: float) -> np.ndarray:
        """Return the state at one time, (n,).

        Raises:
            OptionError: the time lies outside the times reached.
        """
        place, share = self._find(time)
        if place < 0:
            return np.array(self.states[0])
        return _horner(self.pieces[place], share)

    def rate_at(self, time: float) -> np.ndarray:
        """Return the derivative of the dense output at one time, (n,), one order less accurate.

        Raises:
            OptionError: the time lies outside the times reached.
        """
        place, share = self._find(time)
        if place < 0:
            return np.array(self.start_rate)
        return _slope(self.pieces[place], share) / (self.times[place + 1] - self.times[place])

    def _find(self, time: float) -> tuple[int, float]:
        first, last = float(self.times[0]), float(self.times[-1])
        slack = 1e-12 * max(last - first, abs(first), abs(last))
        if not first - slack <= time <= last + slack:
            raise OptionError(
                f"a time between {first:g} and {last:g}", f"{time:g}", "Integrate further."
            )
        if not self.pieces:
            return -1, 0.0
        place = min(max(bisect_right(self.times, time) - 1, 0), len(self.pieces) - 1)
        begin, end = self.times[place], self.times[place + 1]
        return place, float(min(max((time - begin) / (end - begin), 0.0), 1.0))


def _slope(piece: np.ndarray, share: float) -> np.ndarray:
    return _horner(piece[1:] * np.arange(1, len(piece))[:, None], share)


def _horner(piece: np.ndarray, share: float) -> np.ndarray:
    total = np.array(piece[-1])
    for row in piece[-2::-1]:
        total = total * share + row
    return total
