"""The rectangle: a box of two axes, given by corner and size."""

from __future__ import annotations

from collections.abc import Sequence

from residuum._core._errors import DomainError
from residuum.geometry._box import Box
from residuum.geometry._checks import checked_axes


def Rectangle(
    corner: Sequence[float], size: Sequence[float], *, axes: tuple[str, str] = ("x", "y")
) -> Box:
    """Return a two-dimensional `Box` from its lower-left corner and its width and height.

    Raises:
        DomainError: not two numbers each, or a size that is not positive and finite.
    """
    names = checked_axes(axes, 2)
    if len(corner) != 2 or len(size) != 2:
        got = f"corner={corner!r}, size={size!r}"
        raise DomainError("two numbers each", got, "Write Rectangle((0, 0), (2, 1)).")
    ends = zip(names, corner, size, strict=True)
    return Box(**{name: (start, start + length) for name, start, length in ends})
