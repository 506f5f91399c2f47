"""How many nodes a solution asks for, and which map makes them fewest, read off the solution.

Under each candidate map the profiles are expanded in Chebyshev polynomials; the decay of the
coefficients tells how many are needed. (The idea of A. Bayliss, E. Turkel 1992, with the length of
the series in place of their functional.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from residuum.discretise.spectral._axis import Axis, ChebyshevAxis, axis_of
from residuum.discretise.spectral._field import GridField
from residuum.discretise.spectral._layer import Layer

SHARPNESS = (0.0, 1.5, 3.0, 6.0, 12.0, 20.0, 32.0, 50.0, 80.0, 128.0, 256.0, 512.0)
GAIN = 0.85
"""A map must save this share of the nodes before it replaces another."""
LARGE = 100_000
"""Numbers per time above which only a few times are looked at."""
UNRESOLVED = 4
"""Factor by which to enlarge a grid on which no decay can be seen."""


class Advice(NamedTuple):
    """What to do with one axis.

    Args:
        axis: the axis with the map and the number of nodes advised.
        tail: the last coefficients on the present axis, relative to the largest.
    """

    axis: Axis
    tail: float


def advise(field: GridField, k: int, *, target: float, noise: float, maps: bool = True) -> Advice:
    """Return the map and the number of nodes that would bring the tail of axis ``k`` to ``target``.

    Args:
        field: a solution on the present grid; where it evolves, only times at which it is resolved
            are looked at, so that a run that broke down still tells where its layer was forming.
        k: space axis.
        target: relative size of the coefficients that may be left out.
        noise: relative error of the values themselves; coefficients below it are not looked at.
        maps: whether to look for a map; it costs too much in many dimensions.
    """
    axis = axis_of(field.axes[k])
    places = [axis_of(data).nodes for data in field.axes]
    times = _times(field)
    own = _sizes(field.tensor(times, places), axis, k, field.steady)
    tails = _tails(own)
    tail = float(tails.max())
    sane = np.logical_and.accumulate(tails < max(3e-3, 3 * float(tails[0])))
    own, times = own[sane], times[sane[: len(times)]]
    noise = max(noise, float(tails[sane].max()))
    present = _needed(_envelope(own), target, noise, axis.count)
    if not isinstance(axis, ChebyshevAxis) or not maps:
        return Advice(axis.resized(max(2, 2 * (present // 2))), tail)
    best, fewest = axis.layer, present * GAIN
    for layer in _candidates(field, axis, k, times):
        trial = ChebyshevAxis(axis.low, axis.high, 2 * axis.count + 33, layer)
        values = field.tensor(times, [*places[:k], trial.nodes, *places[k + 1 :]])
        count = _needed(
            _envelope(_sizes(values, trial, k, field.steady)), target, noise, axis.count
        )
        if count < fewest:
            best, fewest = layer, count
    count = present if best == axis.layer else int(fewest)
    return Advice(ChebyshevAxis(axis.low, axis.high, count, best), tail)


def _times(field: GridField) -> np.ndarray:
    if field.steady:
        return np.zeros(0)
    begin, end = float(field.knots[0]), float(field.knots[-1])
    many = field.values[0, 0].size > LARGE
    return begin + (end - begin) * np.linspace(0, 1, 5 if many else 41)


def _sizes(values: np.ndarray, axis: Axis, k: int, steady: bool) -> np.ndarray:
    """Return the sizes of the coefficients along an axis, (times, count)."""
    values = values[None] if steady else values
    sizes = axis.spectrum(values, k + 1)
    rest = tuple(i for i in range(1, sizes.ndim) if i != k + 1)
    # Each unknown counts relative to the largest it has been: a later breakdown changes nothing.
    tops = sizes.max(axis=tuple(range(1, sizes.ndim - 1)), keepdims=True)
    tops = np.maximum.accumulate(tops, axis=0)
    found = (sizes / np.maximum(tops, 1e-300)).max(axis=rest)
    known: np.ndarray = np.nan_to_num(found, nan=1.0, posinf=1.0)
    return known


def _tails(sizes: np.ndarray) -> np.ndarray:
    last = max(2, sizes.shape[1] // 12)
    found: np.ndarray = sizes[:, -last:].max(axis=1)
    return found


def _envelope(sizes: np.ndarray) -> np.ndarray:
    line = sizes.max(axis=0)
    found: np.ndarray = np.maximum.accumulate(line[::-1])[::-1]
    return found / max(float(found[0]), 1e-300)


def _needed(envelope: np.ndarray, target: float, noise: float, count: int) -> int:
    """Return the number of coefficients down to ``target``, extrapolated where noise hides it."""
    if noise <= target:
        below = np.flatnonzero(envelope < target)
        if len(below):
            return int(below[0]) + 4
    seen = np.flatnonzero((envelope > 3 * noise) & (envelope < 0.3))
    if len(seen) < 4:
        # Nothing below a third: either all is seen at once or nothing yet.
        first = int(np.argmax(envelope < 0.3)) if np.any(envelope < 0.3) else len(envelope)
        return first + 8 if noise < 1e-2 else UNRESOLVED * count
    slope, height = np.polyfit(seen, np.log(envelope[seen]), 1)
    if slope >= -1e-4:
        return UNRESOLVED * count
    return int(min((np.log(target) - height) / slope, UNRESOLVED * count)) + 4


def _candidates(field: GridField, axis: ChebyshevAxis, k: int, times: np.ndarray) -> list[Layer]:
    """Return maps around the place where the profile is steepest, and around the ends."""
    places = [axis_of(data).nodes for data in field.axes]
    line = np.linspace(axis.low, axis.high, 1001)
    values = field.tensor(times, [*places[:k], line, *places[k + 1 :]])
    offset = k if field.steady else k + 1
    rates = np.abs(np.diff(np.moveaxis(values, offset, 0), axis=0)).reshape(1000, -1).max(axis=1)
    # The middle of all steepest cells, so that a symmetric layer is met exactly.
    steep = np.flatnonzero(rates > 0.999 * rates.max())
    centre = float(np.clip((steep[0] + steep[-1] + 1) / 1000 - 1, -1.0, 1.0))
    centres = {centre, -1.0 if centre < -0.8 else centre, 1.0 if centre > 0.8 else centre}
    found = [Layer(c, s) for c in sorted(centres) for s in SHARPNESS if s > 0]
    return [Layer(), *found]
