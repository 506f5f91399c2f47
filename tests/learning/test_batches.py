"""The steps of a training follow from the key and their number."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.learning._batches import Batches


def test_an_epoch_takes_each_sample_at_most_once_in_an_order_of_its_own() -> None:
    plan = Batches(10, 3, 4, (0,), 1, 7)
    assert len(plan) == 12
    epochs = [np.concatenate([plan.at(3 * e + i).rows for i in range(3)]) for e in range(4)]
    assert all(len(set(rows)) == 9 for rows in epochs)
    assert not np.array_equal(epochs[0], epochs[1])
    assert [plan.at(i).last for i in range(6)] == [False, False, True] * 2


def test_a_step_is_the_same_whenever_it_is_asked_for() -> None:
    first, second = Batches(10, 3, 4, (0,), 1, 7), Batches(10, 3, 4, (0,), 1, 7)
    _ = [first.at(i) for i in range(12)]
    np.testing.assert_array_equal(first.at(7).rows, second.at(7).rows)
    other = Batches(10, 3, 4, (0,), 1, 8)
    assert any(not np.array_equal(first.at(i).rows, other.at(i).rows) for i in range(12))


def test_coarse_epochs_take_more_samples_and_the_last_epoch_is_fine() -> None:
    plan = Batches(64, 4, 5, (2, 1, 0), 2, 7)
    steps = [plan.at(i) for i in range(len(plan))]
    sizes = {b.halvings: len(b.rows) for b in steps}
    assert sizes == {2: 64, 1: 16, 0: 4}
    assert [plan.halvings(e) for e in range(5)] == [2, 1, 0, 2, 0]
    assert len(plan) == 1 + 4 + 16 + 1 + 16


def test_a_batch_larger_than_the_set_is_refused() -> None:
    with pytest.raises(OptionError, match="11 of 10"):
        Batches(10, 11, 4, (0,), 1, 7)
