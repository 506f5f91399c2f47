"""Groups: what differs is stacked, equal constants are held once."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from residuum.blocks.reversible._group import grouped, repeated

from ._stacks import additive


def test_neighbours_are_stacked() -> None:
    steps = [additive(i, 0.9) for i in range(3)]
    (group,) = grouped(steps)
    assert group.count == 3 and not group.single
    weight = group.stacked.shifts[0].blocks[0].weight
    assert weight.shape[0] == 3 and isinstance(weight, jax.Array)
    assert group.stacked.scales[0].value is None and group.shared.scales[0].value.shape == ()
    second: Any = group.couplings()[1]
    again = second.shifts[0].blocks[0].weight
    np.testing.assert_array_equal(again, steps[1].shifts[0].blocks[0].weight)


def test_repeats_hold_one_copy() -> None:
    group = repeated(additive(3), 50)
    assert not jax.tree.leaves(group.stacked) and len(group.couplings()) == 50
    assert repeated(additive(3), 1).single
