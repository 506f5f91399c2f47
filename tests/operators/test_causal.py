"""Memory units as operators."""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.memory import gated_recurrent
from residuum.operators import Causal, GridFrame


def test_it_is_the_unit_on_the_grid_of_time() -> None:
    frame = GridFrame(2, 3, (11,), (1.0,), ("copy",))
    recipe = Causal(partial(gated_recurrent, width=4))
    x = jnp.asarray(np.random.default_rng(5).normal(size=(2, 11, 2)), jnp.float32)
    operator = recipe.build(frame, 7)
    np.testing.assert_array_equal(operator(x), gated_recurrent(2, 3, 7, width=4)(x))
    assert not operator.any_grid


def test_other_frames_are_refused() -> None:
    for frame in (
        GridFrame(1, 1, (8, 8), (1.0, 1.0), ("copy", "copy")),
        GridFrame(1, 1, (8,), (1.0,), ("wrap",)),
        GridFrame(1, 1, (8,), (1.0,), ("copy",), times=3),
    ):
        with pytest.raises(OptionError, match="one axis of time"):
            Causal().build(frame, 7)
