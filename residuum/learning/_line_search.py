"""Line search for the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SUFFICIENT, CURVATURE = 1e-4, 0.9
TRIALS, LONGEST = 25, 1e6


@dataclass(frozen=True)
class Trial:
    """A point on the line.

    Args:
        length: of the step.
        value: of the function.
        slope: its derivative along the line.
        gradient: its gradient there.
    """

    length: float
    value: float
    slope: float
    gradient: np.ndarray

    @property
    def finite(self) -> bool:
        """Whether value and slope are finite."""
        return bool(np.isfinite(self.value) and np.isfinite(self.slope))


def strong_wolfe(
    at: Callable[[float], Trial], start: Trial, length: float, *, curvature: float = CURVATURE
) -> Trial | None:
    """Return a step with f(α) ≤ f(0) + 1e-4 α f'(0) and |f'(α)| ≤ c |f'(0)|.

    The bracket grows until it holds such a step, then it is cut at the minimum of the cubic through
    its ends. Rounding can hide one: the lowest trial that decreases enough is returned then.

    Args:
        at: the line.
        start: its trial at zero, with a negative slope.
        length: first step to try.
        curvature: c; small values search long.

    Returns:
        The step, or ``None`` if none decreases the function.
    """
    low, best = start, None
    high: Trial | None = None
    for _ in range(TRIALS):
        trial = at(length)
        enough = trial.value <= start.value + SUFFICIENT * trial.length * start.slope
        if trial.finite and enough and (best is None or trial.value < best.value):
            best = trial
        if not trial.finite or not enough or (low is not start and trial.value >= low.value):
            high = trial
        elif abs(trial.slope) <= -curvature * start.slope:
            return trial
        elif trial.slope * (1.0 if high is None else high.length - low.length) >= 0:
            low, high = trial, low
        else:
            low = trial
        if high is None:
            length = min(_grown(low, start), LONGEST)
            if low.length >= LONGEST:
                return best
            continue
        if abs(high.length - low.length) <= 1e-12 * max(low.length, high.length):
            return best
        length = _cut(low, high)
    return best


def _grown(low: Trial, start: Trial) -> float:
    """Return a longer step: where the slopes say it turns, at most ten times as long."""
    if low is start:
        return 2.0
    fall = start.slope - low.slope
    turn = low.length * start.slope / fall if fall < 0 else 10 * low.length
    return float(np.clip(turn, 2 * low.length, 10 * low.length))


def _cut(low: Trial, high: Trial) -> float:
    """Return the minimum of the cubic through two trials, kept off the ends of the bracket."""
    width = high.length - low.length
    middle = low.length + 0.5 * width
    if not high.finite:
        return low.length + 0.1 * width
    bend = low.slope + high.slope - 3 * (high.value - low.value) / width
    root = bend**2 - low.slope * high.slope
    if root < 0:
        return middle
    root = np.sign(width) * np.sqrt(root)
    fall = high.slope - low.slope + 2 * root
    if fall == 0:
        return middle
    found = high.length - width * (high.slope + root - bend) / fall
    share = (found - low.length) / width
    return float(low.length + np.clip(share, 0.1, 0.9) * width) if np.isfinite(share) else middle
