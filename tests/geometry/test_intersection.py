"""Intersections."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc, Interval

from ._cases import SQUARE


def test_measures() -> None:
    lens = Disc((0, 0), 1) & Disc((1, 0), 1)
    # Quasi-random with 2**15 points: measured error 4e-4.
    assert lens.measure() == pytest.approx(2 * np.pi / 3 - np.sqrt(3) / 2, rel=2e-3)
    assert lens.boundary_measure() == pytest.approx(4 * np.pi / 3, rel=2e-3)
    assert (SQUARE & Disc((0.5, 0.5), 0.25)).measure() == pytest.approx(np.pi / 16, rel=1e-12)
    assert (Interval(0, 2) & Interval(1, 3)).bounds.tolist() == [[1, 2]]


@pytest.mark.parametrize(
    "other", [Box(x=(2, 3), y=(0, 1)), Box(x=(1, 2), y=(0, 1)), Disc((3, 3), 1)]
)
def test_empty_is_refused(other: Box | Disc) -> None:
    with pytest.raises(DomainError, match="in common"):
        SQUARE & other
