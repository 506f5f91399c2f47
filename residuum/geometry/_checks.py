"""What every shape asks of its arguments, checked once and worded alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from residuum._core._errors import DomainError, OptionError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]
Placed = tuple[Array, Mask]
"""Candidate points (n, d), and which of them are kept (n,)."""

RESERVED = ("boundary", "lateral")
"""Part names with a fixed meaning; no shape may use them for a part of its own."""


def checked_range(name: str, pair: Any) -> tuple[float, float]:
    """Return ``(low, high)`` as floats; refuse what is not a finite, increasing pair."""
    try:
        low, high = (float(value) for value in pair)
    except (TypeError, ValueError):
        remedy = f"Write {name}=(low, high)."
        raise DomainError(f"two numbers for the axis {name!r}", repr(pair), remedy) from None
    if not (math.isfinite(low) and math.isfinite(high)):
        remedy = "Cut an unbounded domain at a finite distance."
        raise DomainError(f"finite bounds for the axis {name!r}", repr(pair), remedy)
    if not low < high:
        remedy = "Give the lower bound first, and two different numbers."
        raise DomainError(f"increasing bounds for the axis {name!r}", repr(pair), remedy)
    return low, high


def checked_axes(axes: Sequence[str], dimension: int) -> tuple[str, ...]:
    """Return the axis names as a tuple; refuse a wrong number, repeats and non-names."""
    names = (axes,) if isinstance(axes, str) else tuple(axes)
    if len(names) != dimension:
        remedy = "Name each coordinate once, in order: axes=('x', 'y')."
        raise DomainError(f"{dimension} axis names", repr(names), remedy)
    if len(set(names)) != len(names):
        raise DomainError("different axis names", repr(names), "Give every axis its own name.")
    for name in names:
        if not (isinstance(name, str) and name.isidentifier()):
            remedy = "Use letters, digits and underscores."
            raise DomainError("an axis name that is an identifier", repr(name), remedy)
    return names


def checked_name(name: str) -> str:
    """Return the name of a boundary part; refuse empty and reserved ones."""
    if not (isinstance(name, str) and name) or name in RESERVED:
        wanted = f"a part name that is text and none of {RESERVED}"
        raise DomainError(wanted, repr(name), "Choose another name, such as 'wall'.")
    return name


def checked_count(n: int) -> int:
    """Return ``n``; refuse what is not a whole number of one or more."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise OptionError("a whole number of points, at least 1", repr(n), "Pass n=1000, say.")
    return int(n)


def checked_points(points: ArrayLike, axes: tuple[str, ...]) -> Array:
    """Return ``points`` as float64 of shape (n, d), with d the number of ``axes``."""
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != len(axes):
        remedy = f"Stack the coordinates {axes} as columns, one row per point."
        raise OptionError(f"points of shape (n, {len(axes)})", f"shape {array.shape}", remedy)
    return array


def checked_tolerance(tolerance: float) -> float:
    """Return ``tolerance``; refuse negative and non-finite ones."""
    if not (math.isfinite(tolerance) and tolerance >= 0):
        remedy = "Pass a small length in the units of the points, or None."
        raise OptionError("a finite tolerance of zero or more", repr(tolerance), remedy)
    return float(tolerance)
