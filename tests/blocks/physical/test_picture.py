"""A picture of a medium."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.physical import MediumPlan, picture, wave_medium


def test_it_shows_speed_power_speakers_and_microphones() -> None:
    medium = wave_medium(MediumPlan((16, 12), rim=2, steps=16, microphones=6), key=7)
    figure = picture(medium, np.ones(medium.signature.inputs))
    sides = figure.axes[:2]
    for axes in sides:
        assert axes.images[0].get_array().shape == (16, 12)
        counts = [len(line.get_xdata()) for line in axes.lines]
        assert counts == [6, 4]
    np.testing.assert_allclose(sides[0].images[0].get_array(), medium.speed)
    figure.savefig(target := BytesIO(), format="png")
    assert len(target.getvalue()) > 5000
    with pytest.raises(OptionError, match="Pass one sample"):
        picture(medium, np.ones(3))
