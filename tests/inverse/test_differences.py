"""Any method as a forward map."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import in_double_precision
from residuum.inverse._differences import Differences
from residuum.inverse._readings import readings

from ._statements import decay, decayed


@pytest.mark.slow
@in_double_precision
def test_values_and_slopes_by_integration_in_time() -> None:
    values, times = decayed()
    problem = decay(values, times, noise=0.02)
    forward = Differences(
        problem.replace(observations=()),
        readings(problem),
        ("r",),
        bounds=np.array([[0.1, 5.0]]),
        method=rs.TimeIntegration(),
    )
    found = forward(np.array([1.3]))
    assert found is not None
    # Solves to 1e-7; differences of steps 2.5e-3 have a thousandth of that in their slopes.
    assert found.values == pytest.approx(np.exp(-1.3 * times), abs=1e-6)
    assert found.slopes[:, 0] == pytest.approx(-times * np.exp(-1.3 * times), abs=2e-4)
