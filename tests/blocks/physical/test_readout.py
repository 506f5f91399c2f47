"""Readouts: ridge regression, and heads aligned in pairs."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError
from residuum.blocks.physical import aligned_heads, one_hot, ridge_readout

RANDOM = np.random.default_rng(47)
FEATURES = RANDOM.normal(size=(40, 6)) * [1, 10, 0.1, 1, 1, 0] + 3
TARGETS = FEATURES @ RANDOM.normal(size=(6, 2)) + 5


def test_a_linear_target_is_met_and_dead_features_get_nothing() -> None:
    block = ridge_readout(FEATURES, TARGETS)
    found = np.asarray(block(jnp.asarray(FEATURES, jnp.float32)))
    # A penalty of 1e-6 leaves about as much, single precision a little more.
    np.testing.assert_allclose(found, TARGETS, atol=1e-3 * np.ptp(TARGETS))
    assert np.all(np.asarray(block.weight)[5] == 0)


def test_it_solves_the_normal_equations() -> None:
    noisy = TARGETS + RANDOM.normal(size=TARGETS.shape)
    block = ridge_readout(FEATURES, noisy, penalty=0.1)
    live = FEATURES[:, :5]
    z = (live - live.mean(0)) / live.std(0)
    level = 0.1 * np.trace(z.T @ z) / 6
    wanted = np.linalg.solve(z.T @ z + level * np.eye(5), z.T @ (noisy - noisy.mean(0)))
    np.testing.assert_allclose(
        np.asarray(block.weight)[:5] * live.std(0)[:, None], wanted, rtol=1e-4, atol=1e-5
    )


def test_noise_alone_is_answered_by_the_mean() -> None:
    wide, noise = RANDOM.normal(size=(30, 60)), RANDOM.normal(size=(30, 1))
    block = ridge_readout(wide, noise)
    inside = np.asarray(block(jnp.asarray(wide, jnp.float32)))
    # Without a penalty 60 features would repeat all 30 numbers.
    assert np.std(inside) < 0.7 * np.std(noise)


def test_kinds_never_heard_are_named_by_their_descriptions() -> None:
    # Two views of the same hidden vector, each through a map and noise of its own.
    hidden = RANDOM.normal(size=(24, 4))
    labels = np.repeat(np.arange(24), 12)
    views = [
        hidden[labels] @ RANDOM.normal(size=(4, 10)) + 0.1 * RANDOM.normal(size=(288, 10))
        for _ in range(2)
    ]
    seen = labels < 18
    heads = aligned_heads(views[0][seen], views[1][seen], labels[seen], key=7, steps=200)
    words = np.stack([views[1][labels == kind].mean(0) for kind in range(18, 24)])
    found = heads.cosines(jnp.asarray(views[0][~seen]), jnp.asarray(words)).argmax(1) + 18
    assert np.mean(np.asarray(found) == labels[~seen]) > 0.8  # chance: 1 in 6


def test_wrong_shapes_and_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="One row per sample"):
        ridge_readout(FEATURES, TARGETS[1:])
    with pytest.raises(DataError, match="Guard the block"):
        ridge_readout(FEATURES * np.nan, TARGETS)
    with pytest.raises(DataError, match="as many partners"):
        aligned_heads(FEATURES, TARGETS[1:], np.zeros(40), key=7)
    np.testing.assert_array_equal(one_hot(np.array([1, 0]), 2), [[0, 1], [1, 0]])
