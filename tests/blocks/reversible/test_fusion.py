"""Branches of several parts: other grids, pools, mixtures of candidates."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import Mixture, Pooled, fusion

from ._stacks import branch, pair


def test_parts_of_other_grids_are_brought_to_one() -> None:
    made = fusion(2, {0: 3, 1: 4}, ("wrap", "copy"), jax.random.key(3))
    others = (jnp.ones((2, 3, 3, 3)), jnp.ones((2, 12, 9, 4)))
    assert made(*others, shape=(6, 5)).shape == (2, 6, 5, 2)


def test_pools_and_mixtures() -> None:
    x, y = pair()
    body = branch(3)
    np.testing.assert_allclose(Pooled(body)(x, y), body(jnp.maximum(x, y)), rtol=1e-6)
    np.testing.assert_allclose(Pooled(body, "mean")(x, y), body((x + y) / 2), rtol=1e-5, atol=1e-6)
    mixed = Mixture((body, jnp.sin), jnp.asarray([0.0, np.log(3)]))(x)
    np.testing.assert_allclose(mixed, 0.25 * body(x) + 0.75 * jnp.sin(x), rtol=1e-5, atol=1e-6)
    with pytest.raises(OptionError, match="'max' or 'mean'"):
        Pooled(body, "sum")  # type: ignore[arg-type]
