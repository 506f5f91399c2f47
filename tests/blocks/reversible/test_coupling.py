"""Couplings: factors that cannot be undone are refused."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import Coupling, Exponential, Factor, reversible_stack

from ._stacks import branch, pair


def test_the_order_of_updates() -> None:
    one, two = branch(3), branch(4)
    x, y = pair()
    first = Coupling((one, two))((x, y))
    np.testing.assert_allclose(first[0], x + one(y), rtol=1e-6)
    np.testing.assert_allclose(first[1], y + two(first[0]), rtol=1e-5, atol=1e-6)
    last = Coupling((one, two), order=(1, 0))((x, y))
    np.testing.assert_allclose(last[1], y + two(x), rtol=1e-6)


def test_flat_factors_are_refused() -> None:
    with pytest.raises(OptionError, match="cannot be undone"):
        Factor(np.array([1.0, 1e-5]))
    with pytest.raises(OptionError, match="cannot be undone"):
        Factor(jnp.asarray([jnp.nan]))
    flat = Coupling((branch(3), None), (Exponential(branch(5), bound=20.0), None))
    with pytest.raises(OptionError, match="or more"):
        reversible_stack([flat], pair())
    # Trained towards zero it stays away from it, on its side.
    held = Factor.effective(Factor(jnp.asarray([1.0])))
    assert float(held[0]) == 1.0


def test_parts_must_fit() -> None:
    with pytest.raises(OptionError, match="a place per part"):
        Coupling((branch(3), None), order=(0, 0))
