"""Between a mesh and a coarser one: constants, integrals and linear functions are kept."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum.operators._mesh_levels import mesh_levels
from tests.operators.plate import plate, square


@pytest.mark.parametrize("order", [1, 2])
def test_ways_up_and_down_keep_what_they_should(order: int) -> None:
    frame = square(order)
    levels = mesh_levels(frame)
    assert levels.below is not None and frame.coarser is not None
    ones = jnp.ones((frame.size, 1, 1))
    np.testing.assert_allclose(levels.restricted(ones), 1.0, atol=1e-6)
    line = frame.coarser.interpolate(lambda x, y: 1 + x - 2 * y)
    raised = levels.prolonged(jnp.asarray(line, jnp.float32)[:, None, None])[:, 0, 0]
    np.testing.assert_allclose(raised, frame.interpolate(lambda x, y: 1 + x - 2 * y), atol=1e-6)


def test_the_size_of_a_function_is_its_mass_weighted_one() -> None:
    levels = mesh_levels(plate())
    assert levels.below is None
    three = jnp.full((plate().size, 2, 1), 3.0)
    np.testing.assert_allclose(levels.rms(three), 3.0, rtol=1e-6)
