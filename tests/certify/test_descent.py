"""Adam on squared rows: real and complex states, the best one kept."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import double_precision
from residuum.certify._descent import descend


def test_rows_fall_and_the_best_state_is_kept() -> None:
    target = np.array([1.0, -2.0, 3.0])
    with double_precision():
        found = descend(
            lambda y, data: y - data, np.ones(3), jnp.asarray(target), rate=0.05, steps=300
        )
    assert found.sizes[0] == np.linalg.norm(np.ones(3) - target)
    assert np.linalg.norm(found.state - target) <= found.sizes.min() + 1e-12
    # Adam with steps of 0.05 settles within them.
    assert found.sizes.min() < 0.05


def test_complex_states_move_in_both_parts() -> None:
    target = np.array([1.0 + 2.0j, -1.0j])
    with double_precision():
        start = np.array([1.0 + 0.0j, 0.0j])
        found = descend(lambda y, data: y - data, start, jnp.asarray(target), rate=0.05, steps=300)
    assert np.abs(found.state - target).max() < 0.05
