"""The report of errors by resolution."""

from __future__ import annotations

import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.datasets import Samples
from residuum.operators import Operator, Standardised, resolution_report


class Doubled(Operator):
    def __call__(self, inputs: Array) -> Array:
        return 2 * inputs * (1 + 0.1 * (inputs.shape[1] != 9))


class OwnGrid(Doubled):
    any_grid = False


def on(nodes: int) -> Samples:
    axis = np.linspace(0, 1, nodes)
    values = np.stack([np.sin(axis), 1 + axis])[..., None]
    return Samples(values, 2 * values, (axis,), ("zero",), ("a",), ("u",))


def test_errors_by_resolution() -> None:
    report = resolution_report(Doubled(), (9,), on(33), on(5), on(9), on(17))
    assert list(report.errors) == [0.5, 1.0, 2.0, 4.0]
    assert report.errors[1.0] < 1e-6
    assert report.errors[4.0] == pytest.approx(0.1, rel=1e-4)
    assert report.worst_ratio > 1e4 and "4.00x" in str(report)


def test_what_is_refused_is_said() -> None:
    report = resolution_report(OwnGrid(), (9,), on(9), on(17))
    assert np.isnan(report.errors[2.0]) and "refused" in str(report)
    around = resolution_report(Standardised.around(OwnGrid(), on(9)), (9,), on(9), on(17))
    assert np.isnan(around.errors[2.0])
    with pytest.raises(OptionError, match="a set of samples"):
        resolution_report(Doubled(), (9,), on(17))
