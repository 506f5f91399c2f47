"""Features of space times polynomials of time."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.fields import Frame, Gaussians, RandomTanh, TimeProducts


def test_features_of_space_see_space_alone() -> None:
    frame = Frame(np.array([0.0, 0.0, 0.0]), np.ones(3), (2,), 1)
    trunk = TimeProducts(Gaussians(16), 4).trunk(frame, 7)
    assert trunk.signature.inputs == 3 and trunk.signature.outputs == 5 * 16
    assert TimeProducts(RandomTanh(11), 2).trunk(frame, 7).signature.outputs == 33


def test_the_scale_is_that_of_space() -> None:
    frame = Frame(np.zeros(2), np.ones(2), (), 1)
    wide, narrow = (TimeProducts(Gaussians(8), 1, scale).trunk(frame, 7) for scale in (1.0, 2.0))
    np.testing.assert_allclose(wide.second.widths, 2 * narrow.second.widths)  # type: ignore[attr-defined]


def test_time_alone_is_refused() -> None:
    with pytest.raises(OptionError, match="axis of space"):
        TimeProducts().trunk(Frame(np.zeros(1), np.ones(1), (), 1), 7)
