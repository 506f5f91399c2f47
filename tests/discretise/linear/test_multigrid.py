"""Multigrid cycles: contraction, symmetry, repeatability without touching the global seed."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.linear._multigrid import Cycle, Later, aggregated, classical, constants
from residuum.discretise.linear._path import UnfitPath

from ._systems import chance, laplacian

MATRIX = laplacian(40, 40)


@pytest.mark.parametrize("cycle", [classical(MATRIX), aggregated(MATRIX, None)])
def test_a_cycle_contracts_and_is_symmetric(cycle: Cycle) -> None:
    error = chance(1600)
    for _ in range(6):
        error = error - cycle(MATRIX @ error)
    # Rates of multigrid on this grid stay below 0.5; slower would mean a broken cycle.
    assert np.linalg.norm(error) < 0.5**6 * np.linalg.norm(chance(1600))
    x, y = chance(1600, 12), chance(1600, 13)
    assert y @ cycle(x) == pytest.approx(x @ cycle(y), rel=1e-9)


def test_it_repeats_and_leaves_the_seed_alone() -> None:
    np.random.seed(77)
    before = np.random.RandomState(77).uniform(size=3)
    first = aggregated(MATRIX, None)(np.ones(1600))
    np.testing.assert_array_equal(np.random.uniform(size=3), before)
    np.random.seed(78)
    np.testing.assert_array_equal(aggregated(MATRIX, None)(np.ones(1600)), first)


def test_a_failed_set_up_is_named() -> None:
    with pytest.raises(UnfitPath, match="multigrid"):
        aggregated(MATRIX, np.ones((7, 1)))


def test_later_sets_up_once() -> None:
    made = []

    def make() -> Cycle:
        made.append(1)
        return classical(MATRIX)

    later = Later(make)
    assert not made
    np.testing.assert_array_equal(later(np.ones(1600)), later(np.ones(1600)))
    assert len(made) == 1


def test_constants() -> None:
    np.testing.assert_array_equal(constants(np.array([3, 5, 3])), [[1, 0], [0, 1], [1, 0]])
