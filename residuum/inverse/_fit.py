"""The most likely numbers: damped Gauss–Newton on the likelihood of the readings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from residuum._core import Monitor
from residuum.inverse._forward import Foretold, Forward
from residuum.inverse._numbers import Numbers
from residuum.inverse._readings import Readings

STEPS = 40
TINY = 1e-6
"""Fall of the objective, half a sum of squares in units of the noise, at which steps end."""
WEAK = 0.01
"""Smallest damping, in units of half the bounds."""
ROUNDS, SAME = 6, 0.02
"""Most rounds in which several unknown noises are found, and the change at which they end."""


@dataclass(frozen=True)
class Fit:
    """The most likely numbers and what is known around them.

    Args:
        numbers: shape (p,).
        foretold: the solved statement there.
        noise: standard deviation by group of readings.
        information: of the data, JᵀWJ, shape (p, p).
        misfit: weighted sum of squares.
        freedom: readings less numbers, as far as the data fix these.
        settled: whether the iteration ended by itself.
    """

    numbers: np.ndarray
    foretold: Foretold
    noise: np.ndarray
    information: np.ndarray
    misfit: float
    freedom: float
    settled: bool


def start_of(
    forward: Forward, data: Readings, known: Numbers, places: np.ndarray, monitor: Monitor
) -> np.ndarray | None:
    """Return the place with the smallest misfit, every group in units of its own spread."""
    best, least = None, math.inf
    for place in places:
        found = forward(place)
        if found is None:
            continue
        size = _objective(found, place, data, known, data.spread)
        if size < least:
            best, least = place, size
        if monitor.spent:
            break
    return best


def fit(
    forward: Forward, data: Readings, known: Numbers, start: np.ndarray, monitor: Monitor
) -> Fit | None:
    """Return the most likely numbers near a start, or ``None`` if nothing could be solved there.

    Source: J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., section 10.3; noises by groups
    as in G. Seber, C. Wild, Nonlinear Regression, section 2.8.
    """
    unknown = data.noise == 0
    noise = np.where(unknown, data.spread, data.noise)
    found = None
    for _ in range(ROUNDS):
        found = _descent(forward, data, known, start, noise, monitor)
        if found is None or not unknown.any() or monitor.spent:
            return found
        start = found.numbers
        fresh = np.where(unknown, _estimated(found, data), data.noise)
        change = float(np.abs(np.log(fresh / noise)).max())
        noise = fresh
        if change < SAME:
            break
    assert found is not None
    return _around(found.numbers, found.foretold, data, known, noise, found.settled)


def _estimated(found: Fit, data: Readings) -> np.ndarray:
    """Return the noise by group: the root of what is left over the freedom that is left."""
    left = found.foretold.values - data.values
    share = found.freedom / len(left)
    sizes = np.ones(len(data.noise))
    for g in range(len(sizes)):
        mine = left[data.group == g]
        if mine.size:
            sizes[g] = math.sqrt(float((mine**2).mean()) / max(share, 1e-3))
    # Data without any noise leave rounding.
    floor: np.ndarray = 1e-12 * np.maximum(np.abs(data.values).max(), 1e-300) * np.ones(len(sizes))
    return np.maximum(sizes, floor)


def _objective(
    found: Foretold, place: np.ndarray, data: Readings, known: Numbers, noise: np.ndarray
) -> float:
    left = (found.values - data.values) / noise[data.group]
    prior = known.precision @ (place - known.mean) ** 2
    total = 0.5 * float(left @ left + prior)
    return total if math.isfinite(total) else math.inf


def _descent(
    forward: Forward,
    data: Readings,
    known: Numbers,
    start: np.ndarray,
    noise: np.ndarray,
    monitor: Monitor,
) -> Fit | None:
    """Take Levenberg's steps inside the bounds until the objective falls no more."""
    place, low, high = start, *known.bounds.T
    here = forward(place)
    if here is None:
        return None
    size, damping, settled = _objective(here, place, data, known, noise), 0.0, False
    weight = 1 / noise[data.group]
    for _ in range(STEPS):
        slopes = here.slopes * weight[:, None] * known.half
        left = (here.values - data.values) * weight
        gradient = slopes.T @ left + known.precision * known.half * (place - known.mean)
        matrix = slopes.T @ slopes + np.diag(known.precision * known.half**2)
        below, above = (place - low) / known.half, (high - place) / known.half
        step = _bounded(matrix, gradient, damping, below, above)
        foreseen = -(gradient @ step + 0.5 * step @ matrix @ step)
        trace = max(float(np.trace(matrix)), 1.0)
        if foreseen < TINY:
            # A step cut at the bounds may rise where a shorter one falls.
            if damping > 10 * trace or _flat(gradient, trace, below, above):
                settled = True
                break
            damping = max(10 * damping, 1e-3 * trace)
            continue
        trial = np.clip(place + known.half * step, low, high)
        found = forward(trial)
        fresh = math.inf if found is None else _objective(found, trial, data, known, noise)
        if found is not None and fresh < size:
            good = (size - fresh) / foreseen > 0.25
            settled = size - fresh < TINY
            place, here, size = trial, found, fresh
            damping = damping / 5 if good else damping
            damping = 0.0 if damping < 1e-8 * trace else damping
        else:
            damping = max(4 * damping, 1e-3 * trace / len(place))
        if settled or monitor.spent or damping > 1e12 * trace:
            break
    return _around(place, here, data, known, noise, settled)


def _flat(gradient: np.ndarray, trace: float, below: np.ndarray, above: np.ndarray) -> bool:
    """Whether no number can move against the gradient by enough."""
    held = ((gradient > 0) & (below <= 0)) | ((gradient < 0) & (above <= 0))
    return bool((gradient[~held] ** 2).sum() / trace < TINY)


def _bounded(
    matrix: np.ndarray, gradient: np.ndarray, damping: float, below: np.ndarray, above: np.ndarray
) -> np.ndarray:
    """Return the damped step; numbers that would leave their bounds stay at them."""
    p = len(gradient)
    step, free = np.zeros(p), np.ones(p, bool)
    # As much as a prior of ten half-widths: directions that nothing fixes stay where they are.
    floor = damping + WEAK
    for _ in range(p + 1):
        if not free.any():
            break
        right = -gradient[free] - matrix[np.ix_(free, ~free)] @ step[~free]
        own = matrix[np.ix_(free, free)] + floor * np.eye(int(free.sum()))
        step[free] = np.linalg.solve(own, right)
        beyond = free & ((step < -below) | (step > above))
        if not beyond.any():
            break
        step[beyond] = np.clip(step, -below, above)[beyond]
        free &= ~beyond
    return step


def _around(
    place: np.ndarray,
    here: Foretold,
    data: Readings,
    known: Numbers,
    noise: np.ndarray,
    settled: bool,
) -> Fit:
    weight = 1 / noise[data.group]
    slopes, left = here.slopes * weight[:, None], (here.values - data.values) * weight
    information = slopes.T @ slopes
    # Each number counts as far as the data and not its prior fix it.
    scaled = information * np.outer(known.half, known.half)
    prior = np.maximum(known.precision * known.half**2, 1e-9)
    used = float(np.trace(np.linalg.solve(scaled + np.diag(prior), scaled)))
    freedom = max(len(left) - used, 1e-3)
    return Fit(place, here, noise, information, float(left @ left), freedom, settled)
