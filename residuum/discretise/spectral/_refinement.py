"""The next grid: more nodes, or other maps, as advised."""

from __future__ import annotations

import math
from collections.abc import Sequence

from residuum.discretise.spectral._axis import Axis
from residuum.discretise.spectral._resolution import Advice


def even(count: float) -> int:
    """Return the next even number of nodes."""
    return 2 * math.ceil(count / 2)


def wider(
    axes: Sequence[Axis], advice: Sequence[Advice], *, adapt: bool, patient: bool, rough: float
) -> list[Axis]:
    """Return the axes for another look: the same counts with the new maps, or more nodes.

    Args:
        axes: the present axes.
        advice: one for each.
        adapt: whether maps may change.
        patient: whether a new map alone may be tried.
        rough: tail above which counts grow.
    """
    found: list[Axis] = []
    for axis, item in zip(axes, advice, strict=True):
        chosen = item.axis if adapt else axis
        same = chosen.data[2] == axis.data[2]
        count = even((1.5 if same or not patient else 1.0) * axis.count)
        found.append(chosen.resized(count if item.tail > rough else axis.count))
    return found


def advised(axes: Sequence[Axis], advice: Sequence[Advice], *, adapt: bool) -> list[Axis]:
    """Return the axes advised, never coarser than the present ones."""
    found: list[Axis] = []
    for axis, item in zip(axes, advice, strict=True):
        chosen = item.axis if adapt else axis.resized(item.axis.count)
        # Nodes already compiled for are kept where they suffice.
        found.append(chosen.resized(max(axis.count, even(chosen.count))))
    return found


def finer(
    axes: Sequence[Axis], advice: Sequence[Advice], *, adapt: bool, target: float
) -> list[Axis]:
    """Return axes with a quarter to twice more nodes, mapped where the tail is above ``target``."""
    found: list[Axis] = []
    for axis, item in zip(axes, advice, strict=True):
        count = max(item.axis.count, axis.count + max(4, axis.count // 4))
        chosen = item.axis if adapt and item.tail > target else axis
        found.append(chosen.resized(even(min(count, 2 * axis.count))))
    return found
