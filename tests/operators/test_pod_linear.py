"""Linear maps are found exactly, others are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.datasets import Samples
from residuum.operators import PODLinear, relative_error
from tests.operators._families import squares


def linear(samples: Samples) -> Samples:
    return replace(samples, outputs=1 - 2 * np.roll(samples.inputs, 3, axis=1))


def test_a_linear_map_is_found_to_rounding() -> None:
    operator = PODLinear().fit(linear(squares(30)))
    # Rounding of float32.
    assert relative_error(operator, linear(squares(10, key=13))) < 1e-5


def test_a_quadratic_map_is_not() -> None:
    operator = PODLinear().fit(squares(30))
    assert relative_error(operator, squares(10, key=13)) > 0.1


def test_the_number_of_modes_can_be_given() -> None:
    found = PODLinear(2).fit(linear(squares(30)))
    assert found.weights.shape == (2, 2)
    # Six waves go in: two components do not hold them.
    assert relative_error(found, linear(squares(10, key=13))) > 0.1
    with pytest.raises(OptionError, match="one mode"):
        PODLinear(0)
