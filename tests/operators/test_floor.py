"""What all floors share: vectors, left-out errors, and what they refuse."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError
from residuum.operators import FLOORS
from residuum.operators._floor import centred, left_out
from tests.operators._families import squares

each = pytest.mark.parametrize("name", FLOORS)


def test_errors_of_left_out_samples_need_no_second_fit() -> None:
    random = np.random.default_rng(3)
    features, answers = random.normal(size=(12, 5)), random.normal(size=(12, 4))
    kernel = features @ features.T + 0.3 * np.eye(12)
    weights, error = left_out(kernel, answers)
    shift = (answers - kernel @ weights)[0, 0] / weights[0, 0]
    found = []
    for i in range(12):
        rest = np.arange(12) != i
        inner = kernel[np.ix_(rest, rest)] + shift * np.eye(11)
        predicted = kernel[i, rest] @ np.linalg.solve(inner, answers[rest])
        found.append(np.linalg.norm(predicted - answers[i]) / np.linalg.norm(answers[i]))
    # What float32 would round is added to the error: some 1e-6.
    np.testing.assert_allclose(error, np.mean(found), rtol=1e-5)


def test_vectors_are_centred_and_of_size_one() -> None:
    found = centred(squares(30))
    np.testing.assert_allclose(found.inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.inputs.std(), 1, rtol=1e-12)


@each
def test_a_floor_works_on_its_own_grid_alone(name: str) -> None:
    operator = FLOORS[name]().fit(squares(8))
    assert not operator.any_grid
    with pytest.raises(DataError, match="the grid it was fitted on"):
        operator(jnp.asarray(squares(2, nodes=32).inputs))


@each
def test_no_samples_are_refused(name: str) -> None:
    with pytest.raises(DataError, match="samples or more"):
        FLOORS[name]().fit(squares(1).take(slice(0, 0)))
