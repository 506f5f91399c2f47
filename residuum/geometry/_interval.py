"""The interval: a box of one axis."""

from __future__ import annotations

from residuum.geometry._box import Box


def Interval(a: float, b: float, axis: str = "x") -> Box:
    """Return the interval [a, b] as a one-dimensional `Box` with parts ``x_min`` and ``x_max``.

    Raises:
        DomainError: bounds that are not finite and increasing.
    """
    return Box(**{axis: (a, b)})
