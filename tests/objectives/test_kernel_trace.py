"""Parts that fall at one rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.objectives import KernelTrace, kernel_traces, weights_of

from ._parts import parts


@in_double_precision
def test_weights_are_ratios_of_traces() -> None:
    trained, rows, _, slopes = parts()
    field: Any = trained
    exact = np.array([np.sum(a**2) for a in slopes])
    # Random signs: the relative deviation is at most √(2/probes); 4000 of them, four deviations.
    np.testing.assert_allclose(kernel_traces(field, rows, 4000), exact, rtol=0.09)
    found = weights_of(KernelTrace().weigh(field, rows), rows)
    assert found is not None
    traces = kernel_traces(field, rows)
    assert list(found**2) == pytest.approx(list(traces.mean() / traces), rel=1e-12)
