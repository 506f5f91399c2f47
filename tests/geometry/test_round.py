"""What discs and balls share."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Ball, Disc
from residuum.geometry._round import Round


@pytest.mark.parametrize(
    "ball", [Disc((1, 2), 3), Ball((0, 1, 2), 3), Ball((0,) * 6, 3, axes=tuple("abcdef"))]
)
def test_samples_are_uniform(ball: Round) -> None:
    d = ball.dimension
    inside = (ball.sample(4096, key=7) - ball.center) / 3
    surface = (ball.sample_boundary(4096, key=7) - ball.center) / 3
    # Second moments of the unit ball are 1/(d+2), of the sphere 1/d; quasi-random error << 0.01.
    assert np.allclose(inside.T @ inside / 4096, np.eye(d) / (d + 2), atol=0.01)
    assert np.allclose(surface.T @ surface / 4096, np.eye(d) / d, atol=0.01)
    assert np.allclose(inside.mean(axis=0), 0, atol=0.01)


def test_the_centre_has_a_normal() -> None:
    assert np.allclose(Disc((1, 2), 3).inward_normal([[1, 2]]), [[1, 0]])


@pytest.mark.parametrize("radius", [0, -1, np.nan, np.inf])
def test_radius_must_be_positive(radius: float) -> None:
    with pytest.raises(DomainError, match="radius"):
        Ball((0, 0, 0), radius)
