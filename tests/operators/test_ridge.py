"""Linear maps are found exactly, others are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from residuum.datasets import Samples
from residuum.operators import Ridge, relative_error
from tests.operators._families import squares


def linear(samples: Samples) -> Samples:
    return replace(samples, outputs=1 - 2 * np.roll(samples.inputs, 3, axis=1))


def test_a_linear_map_is_found_to_rounding() -> None:
    operator = Ridge().fit(linear(squares(30)))
    # Rounding of float32.
    assert relative_error(operator, linear(squares(10, key=13))) < 1e-5


def test_a_quadratic_map_is_not() -> None:
    operator = Ridge().fit(squares(30))
    assert relative_error(operator, squares(10, key=13)) > 0.1
