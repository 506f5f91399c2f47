"""Continuous flows: a linear field has the exponential of its trace for a determinant."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import ContinuousFlow


def test_a_linear_field() -> None:
    matrix = jnp.asarray([[0.3, -1.0], [0.8, -0.1]])

    def field(t: Any, x: jax.Array) -> jax.Array:
        return x @ matrix.T

    flow = ContinuousFlow(field, 10)
    image, volume = jax.jit(flow.forward)(jnp.eye(2))
    true = np.asarray(jax.scipy.linalg.expm(matrix)).T
    np.testing.assert_allclose(image, true, atol=1e-5)
    np.testing.assert_allclose(volume, 0.2, atol=1e-5)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="without signs"):
        ContinuousFlow(jnp.add, 4, "hutchinson")
    with pytest.raises(OptionError, match="a step or more"):
        ContinuousFlow(jnp.add, 0)
