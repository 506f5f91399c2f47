"""The table look-up."""

from __future__ import annotations

import numpy as np

from residuum.operators import NearestNeighbour, apply
from tests.operators._families import squares


def test_it_gives_the_answer_of_the_nearest_input() -> None:
    train, test = squares(20), squares(9, key=13)
    found = apply(NearestNeighbour().fit(train), test.inputs)
    gaps = ((test.inputs[:, None] - train.inputs[None]) ** 2).sum(axis=(2, 3))
    np.testing.assert_allclose(found, train.outputs[gaps.argmin(axis=1)], rtol=1e-6)
