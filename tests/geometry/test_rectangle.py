"""Rectangles are boxes of two axes."""

from __future__ import annotations

import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Box, Rectangle


def test_rectangle() -> None:
    assert Rectangle((1, 2), (3, 4)) == Box(x=(1, 4), y=(2, 6))
    assert Rectangle((0, 0), (1, 1), axes=("r", "z")).axes == ("r", "z")


def test_errors() -> None:
    for corner, size in [((0, 0), (1, 0)), ((0, 0), (1, -1)), ((0,), (1, 1)), ((0, 0), (1, 1, 1))]:
        with pytest.raises(DomainError):
            Rectangle(corner, size)
