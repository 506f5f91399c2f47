"""All floors at once."""

from __future__ import annotations

import numpy as np

from residuum.operators import FLOORS, floors, relative_error, relative_errors
from tests.operators._families import squares


def test_every_floor_is_fitted_and_measured() -> None:
    train, test = squares(30), squares(10, key=13)
    found = floors(train, test)
    assert found.keys() == FLOORS.keys()
    for name, row in found.items():
        assert row.name == name and row.seconds > 0
        np.testing.assert_allclose(row.error, relative_error(row.operator, test))
    # The map is quadratic: the mean answer alone is right to a third.
    assert found["kernel_regression"].error < 0.15 < found["ridge"].error


def test_the_error_is_that_of_each_sample() -> None:
    train = squares(5)
    row = floors(train)["nearest_neighbour"]
    assert np.isnan(row.error)
    assert relative_errors(row.operator, train).max() < 1e-6
