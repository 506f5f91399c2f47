"""Gated recurrent unit."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.memory import gated_recurrent, parameters


def test_a_step_is_the_cell_and_its_read_out() -> None:
    unit = gated_recurrent(2, 1, 7, width=4)
    x = jnp.asarray(np.random.default_rng(5).normal(size=(3, 2)), jnp.float32)
    state, y = unit.step(unit.start(3), x)
    alone = unit.cell(x[1], jnp.zeros(4))
    np.testing.assert_allclose(state[1], alone, atol=1e-6)
    np.testing.assert_allclose(y[1], alone @ unit.read.weight + unit.read.bias, atol=1e-6)
    # Three gates of (2 + 4) · 4 weights, 3 · 4 + 4 biases of the cell, a read-out of 5.
    assert parameters(unit) == 3 * 24 + 16 + 5


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="one or more"):
        gated_recurrent(2, 1, 7, width=0)
