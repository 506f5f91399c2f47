"""Balls."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Ball


def test_ball() -> None:
    ball = Ball((0, 0, 1), 2)
    assert ball.parts == ("sphere",)
    assert ball.measure() == pytest.approx(32 / 3 * np.pi, rel=1e-14)
    assert ball.boundary_measure() == pytest.approx(16 * np.pi, rel=1e-14)
    assert np.allclose(ball.bounds, [[-2, 2], [-2, 2], [-1, 3]])


def test_errors() -> None:
    with pytest.raises(DomainError, match="4 axis names"):
        Ball((0, 0, 0, 0), 1)
    with pytest.raises(DomainError, match="Interval"):
        Ball((0,), 1, axes=("x",))
