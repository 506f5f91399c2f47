"""Drift: parameters that move, within the share and within what can be computed."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.blocks.physical import (
    MediumPlan,
    OscillatorChain,
    PhysicalBlock,
    drifted,
    optical_matrix,
    oscillator_chain,
    wave_medium,
)


@eqx.filter_jit
def run(chain: OscillatorChain, x: Array) -> Array:
    return chain(x)


CHAIN = oscillator_chain(5, key=7)


@pytest.mark.parametrize("together", [False, True])
def test_every_part_moves_within_the_share_and_nothing_else_does(together: bool) -> None:
    later = drifted(CHAIN, 11, 0.1, together=together)
    for name in CHAIN.parts:
        ratio = np.asarray(getattr(later, name)) / np.asarray(getattr(CHAIN, name)) - 1
        assert 0 < np.abs(ratio).max() <= 0.1 + 1e-6
        if together:
            np.testing.assert_allclose(np.abs(ratio), 0.1, rtol=1e-4)
    assert later.frequency == CHAIN.frequency and later.step == CHAIN.step
    x = jnp.full((1, 5), 0.05)
    moved, before = np.asarray(run(later, x)), np.asarray(run(CHAIN, x))
    assert np.abs(moved / before - 1).max() > 0.01
    assert drifted(CHAIN, 11, 0.0).stiffness == pytest.approx(CHAIN.stiffness)


def test_blocks_inside_drift_as_well() -> None:
    layer = optical_matrix(np.arange(9.0).reshape(3, 3))
    later = drifted(layer, 11)
    assert np.all(later.first.theta != layer.first.theta) and later.gains[0] != layer.gains[0]


def test_the_same_key_drifts_the_same_way() -> None:
    first, same, other = (drifted(CHAIN, key) for key in (11, 11, 13))
    np.testing.assert_array_equal(first.stiffness, same.stiffness)
    assert np.all(first.stiffness != other.stiffness)


def test_a_medium_that_drifts_past_its_step_is_refused() -> None:
    medium = wave_medium(MediumPlan((16, 12), rim=2, steps=4, scatterers=1, cfl=0.99), key=5)
    with pytest.raises(OptionError, match="a CFL number of at most 1"):
        drifted(medium, 7, 0.3)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_shares_out_of_range_are_refused(share: float) -> None:
    with pytest.raises(OptionError, match="a share from 0"):
        drifted(CHAIN, 7, share)
    assert PhysicalBlock.parts == ()
