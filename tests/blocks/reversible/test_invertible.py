"""Composed maps: in turn, and back in the opposite order."""

from __future__ import annotations

import numpy as np

from residuum.blocks import Capability
from residuum.blocks.reversible import Composed, Rotation

from ._stacks import additive, pair


def test_in_turn() -> None:
    steps = Composed((additive(3, 0.9), Rotation()))
    image = steps(pair())
    by_hand = additive(3, 0.9)(pair())
    np.testing.assert_array_equal(image[0], by_hand[1])
    np.testing.assert_allclose(steps.inverse(image)[0], pair()[0], atol=1e-5)
    np.testing.assert_allclose(steps.smallest(), 0.9, rtol=1e-6)
    assert Capability.INVERSE in steps.capabilities
