"""How far two answers on different grids are apart."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from residuum._core import Certificate
from residuum.discretise.spectral._axis import axis_of
from residuum.discretise.spectral._field import GridField

ROUNDING = 1e-13
"""The least relative error an estimate may claim."""
PLACES = {0: 0, 1: 1999, 2: 97, 3: 29, 4: 13, 5: 9}
"""Comparison points per space axis, odd so that no grid shares them."""


class Gap(NamedTuple):
    """The distance of two fields in L2 over space and time.

    Args:
        absolute: all unknowns together.
        relative: the largest over the unknowns, each divided by its own norm.
    """

    absolute: float
    relative: float

    def certificate(self, *assumptions: str) -> Certificate:
        """Return the distance as an estimate of the error of the finer field."""
        if not math.isfinite(self.absolute + self.relative):
            return Certificate(assumptions=("the two levels compared are not both finite",))
        if self.relative > ROUNDING or self.absolute == 0:
            relative, absolute = max(self.relative, ROUNDING), self.absolute
        else:
            # Both levels share the rounding of their arithmetic: agreement below it is luck.
            relative, absolute = ROUNDING, self.absolute * ROUNDING / max(self.relative, 1e-300)
        return Certificate("estimate", absolute, relative, "L2", assumptions)


def gap(fine: GridField, coarse: GridField) -> Gap:
    """Return the distance of two fields at midpoints of even cells, between all stored times."""
    ends = [axis_of(data) for data in fine.axes]
    per_axis = PLACES[len(ends)]
    places = [_midpoints(axis.low, axis.high, per_axis) for axis in ends]
    knots = np.asarray(fine.knots)
    duration = 1.0 if fine.steady else float(knots[-1] - knots[0])
    count = 997 if not ends else 61 if len(ends) < 4 else 23
    grade = _midpoints(0.0, 1.0, count)
    # Times crowd towards the start, where layers of the initial data are; weights make up for it.
    times = np.zeros(0) if fine.steady else knots[0] + duration * grade**2
    weight = (
        np.ones((1, 1)) if fine.steady else np.repeat(2 * grade, per_axis ** len(ends))[:, None]
    )
    a, b = fine.tensor(times, places), coarse.tensor(times, places)
    flat, other = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
    volume = duration * math.prod(axis.high - axis.low for axis in ends)
    error, size = _norms(flat - other, weight), _norms(flat, weight)
    ratio = error / np.maximum(size, 1e-10 * size.max(initial=0.0) + 1e-300)
    total = math.sqrt(float((error**2).sum()) * volume)
    return Gap(total, float(ratio.max(initial=0.0)))


def _norms(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        found: np.ndarray = np.sqrt((weight * values**2).mean(axis=0))
    return found


def _midpoints(low: float, high: float, count: int) -> np.ndarray:
    return low + (high - low) * (np.arange(count) + 0.5) / count
