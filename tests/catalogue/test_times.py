from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.catalogue import kdv, lorenz
from residuum.catalogue._times import within


def test_ends_are_inside_up_to_rounding() -> None:
    times = np.array([-1e-13, 0.3, 1 + 1e-13])
    assert within(times, 0.0, 1.0) is times
    assert within(times[:0], 0.0, 1.0).size == 0


@pytest.mark.parametrize("time", [-1e-3, 1.001, np.nan])
def test_other_times_are_refused(time: float) -> None:
    with pytest.raises(OptionError, match="Stay inside"):
        within(np.array([0.5, time]), 0.0, 1.0)


def test_stored_references_do_not_extrapolate() -> None:
    with pytest.raises(OptionError, match=r"\[0, 1\]"):
        kdv.reference(np.array([[1.5, 0.0]]))
    with pytest.raises(OptionError, match=r"\[0, 5\]"):
        lorenz.reference(np.array([[5.5]]))
