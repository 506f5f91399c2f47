"""Dense Hebbian networks."""

from __future__ import annotations

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks.associative import (
    DenseHebbian,
    archetypes,
    example_means,
    hebbian_overlap,
    settle,
)

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize("order", [2, 3, 4])
@in_double_precision
def test_the_energy_is_the_sum_over_groups_of_spins(order: int) -> None:
    eta, state = RANDOM.normal(size=(3, 7)), np.sign(RANDOM.normal(size=(1, 7)))
    groups = itertools.combinations(range(7), order)
    whole = sum(np.prod((eta * state)[:, list(group)], axis=1).sum() for group in groups)
    found = DenseHebbian(eta, order).energy(jnp.asarray(state))
    np.testing.assert_allclose(found, [-whole / math.comb(6, order - 1)], rtol=1e-12)


@in_double_precision
def test_a_spin_follows_its_field() -> None:
    model = DenseHebbian(RANDOM.normal(size=(9, 8)), 3)
    state = np.sign(RANDOM.normal(size=(1, 8)))
    new = state.copy()
    for i in range(8):
        up, down = new.copy(), new.copy()
        up[0, i], down[0, i] = 1, -1
        rows = model.energy(jnp.asarray(np.concatenate([up, down])))
        new = up if rows[0] < rows[1] else down
    np.testing.assert_array_equal(model.update(jnp.asarray(state)), new)


def test_four_spins_keep_what_pairs_lose() -> None:
    # 120 patterns on 64 spins: 13 times what pairs hold, a seventieth of what fours hold.
    patterns = archetypes(120, 64, 5)
    flips = np.where(np.random.default_rng(6).random((8, 64)) < 0.1, -1.0, 1.0)
    noisy = jnp.asarray(patterns[:8] * flips, jnp.float32)
    overlaps = {}
    for order in (2, 4):
        rest = settle(DenseHebbian(patterns, order), noisy, most=10)
        overlaps[order] = (rest.state * patterns[:8]).mean(axis=1)
    assert overlaps[4].min() == 1.0
    assert overlaps[2].mean() < 0.6


def test_examples_teach_the_archetype() -> None:
    patterns = archetypes(12, 300, 5)
    means = example_means(patterns, 20, 0.5, 7)
    spread = (1 - 0.25) / (20 * 0.25)
    # 3600 numbers: the mean is known to r √(ρ / 3600), the square to about 2.5 %.
    assert (means * patterns).mean() == pytest.approx(0.5, abs=4 * 0.5 * (spread / 3600) ** 0.5)
    assert (means**2).mean() == pytest.approx(0.25 * (1 + spread), rel=0.1)
    rest = settle(DenseHebbian(means, 2), jnp.asarray(patterns, jnp.float32), most=20)
    found = (rest.state * patterns).mean()
    theory = hebbian_overlap(12 / 299, 2, spread=spread)
    # Twelve states of 300 spins: the deviation of their mean is below 0.01.
    assert found == pytest.approx(theory, abs=0.03)
    assert theory < 0.99


def test_a_hot_chain_forgets_and_a_cold_one_keeps() -> None:
    patterns = archetypes(3, 200, 5)
    model, state = DenseHebbian(patterns, 2), jnp.asarray(patterns[:2], jnp.float32)
    cold = model.chain(state, temperature=0.3, sweeps=20, key=9)
    hot = model.chain(state, temperature=3.0, sweeps=20, key=9)
    mean = (cold * patterns[:2]).mean()
    # m = tanh(m / 0.3) has the root 0.997; 400 spins know it to 0.004.
    assert mean == pytest.approx(0.997, abs=0.02)
    assert np.abs((hot * patterns[:2]).mean(axis=1)).max() < 0.35


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="2 spins"):
        DenseHebbian(np.ones((2, 5)), 1)
    with pytest.raises(OptionError, match="finite patterns"):
        DenseHebbian(np.full((2, 5), np.nan))
    with pytest.raises(OptionError, match="quality"):
        example_means(np.ones((2, 5)), 3, 1.5, 7)
    with pytest.raises(OptionError, match="temperature"):
        DenseHebbian(np.ones((2, 5))).chain(jnp.ones((1, 5)), temperature=-1, sweeps=1, key=7)
