"""How far two answers on doubled cells are apart, and what that says of the error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from residuum._core import Certificate
from residuum.discretise.volumes._field import VolumeField

TIMES = 41
INSIDE = 2
"""Comparison places per fine cell and axis."""
SHOCK = 0.5
"""Order in L2 where nothing is known: that of a shock that moves between cells."""
LEAST, MOST = 0.25, 2.0


class Distance(NamedTuple):
    """The distance of two fields over space and time; relative ones the largest over the unknowns.

    Args:
        absolute: in L2, all unknowns together.
        relative: in L2, divided by the norm of each unknown.
        mean: in L1, divided by the norm of each unknown.
    """

    absolute: float
    relative: float
    mean: float


def distance(fine: VolumeField, coarse: VolumeField) -> Distance:
    """Return the distance of two fields, one with twice the cells of the other."""
    known = np.asarray(fine.times)
    ratio = fine.values.shape[1] // coarse.values.shape[1]
    times = known[0] + (known[-1] - known[0]) * (np.arange(TIMES) + 0.5) / TIMES
    square, mean, size, weight = (np.zeros(fine.values.shape[-1]) for _ in range(4))
    for time in times:
        a = fine.sampled(time[None], INSIDE)[0]
        b = coarse.sampled(time[None], INSIDE * ratio)[0]
        axes = tuple(range(a.ndim - 1))
        square += ((a - b) ** 2).mean(axes) / TIMES
        mean += np.abs(a - b).mean(axes) / TIMES
        size += (a**2).mean(axes) / TIMES
        weight += np.abs(a).mean(axes) / TIMES
    volume = (known[-1] - known[0]) * math.prod(
        b - a for a, b in zip(fine.low, fine.high, strict=True)
    )
    total = math.sqrt(float(square.sum() * volume))
    relative, average = _ratio(np.sqrt(square), np.sqrt(size)), _ratio(mean, weight)
    return Distance(total, relative, average)


def _ratio(error: np.ndarray, size: np.ndarray) -> float:
    # An unknown that is zero up to rounding has no relative error of its own.
    found = error / np.maximum(size, 1e-10 * size.max(initial=0.0) + 1e-300)
    return float(found.max(initial=0.0))


def order_of(gaps: Sequence[float]) -> float:
    """Return the order in L2 that the last two of a sequence of distances show, within reason."""
    if len(gaps) < 2 or not (gaps[-1] > 0 and gaps[-2] > 0):
        return SHOCK
    return float(np.clip(math.log2(gaps[-2] / gaps[-1]), LEAST, MOST))


def certificate(found: Sequence[Distance], *assumptions: str) -> Certificate:
    """Return the error of the finest field, extrapolated from distances of doubled levels.

    With error C·h^p the distance of two levels is (2^p - 1) times the error of the finer one.
    A shock has p = 1/2 in L2: its error is 2.4 times the distance, and grows as p falls.
    """
    last = found[-1]
    if not math.isfinite(last.absolute + last.relative):
        return Certificate(assumptions=("the two levels compared are not both finite",))
    order = order_of([item.relative for item in found])
    factor = 1 / (2**order - 1)
    told = "observed" if len(found) > 1 else "assumed, as for shocks"
    return Certificate(
        "estimate",
        factor * last.absolute,
        max(factor * last.relative, 1e-13),
        "L2",
        (
            f"error in L2 of order {order:.2f} in the cell width ({told})",
            f"levels differ by {last.relative:.1e} in L2 and {last.mean:.1e} in L1",
            *assumptions,
        ),
    )
