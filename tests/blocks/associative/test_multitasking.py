"""Multitasking Hebbian networks."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.associative import (
    MultitaskingHebbian,
    diluted_patterns,
    hierarchical_state,
    hierarchy,
    multitasking_overlaps,
    settle,
)


def test_the_hierarchy_is_at_rest_while_blanks_are_mild() -> None:
    np.testing.assert_allclose(multitasking_overlaps(4, 0.4), hierarchy(4, 0.4), atol=1e-12)
    # 1 - 2d + d⁴ changes its sign at d = 0.5437: there the first pattern alone loses to the rest.
    np.testing.assert_allclose(multitasking_overlaps(4, 0.53), hierarchy(4, 0.53), atol=1e-12)
    assert np.abs(multitasking_overlaps(4, 0.56) - hierarchy(4, 0.56)).max() > 0.005


def test_strong_dilution_levels_the_overlaps() -> None:
    found = multitasking_overlaps(4, 0.9, temperature=0.02)
    assert np.ptp(found) < 0.02 * found.mean()


def test_a_large_network_meets_the_theory() -> None:
    patterns = diluted_patterns(3, 40_000, 0.4, 7)
    model = MultitaskingHebbian(patterns)
    rest = settle(model, jnp.asarray(hierarchical_state(patterns), jnp.float32), most=4)
    found = model.overlaps(rest.state)[0]
    # Overlaps of 40,000 spins have deviations of 0.0025; the smallest is 0.096.
    np.testing.assert_allclose(found, hierarchy(3, 0.4), atol=4 * 0.0025)


def test_several_patterns_are_recalled_at_once() -> None:
    patterns = diluted_patterns(2, 2000, 0.5, 7)
    model = MultitaskingHebbian(patterns)
    start = np.random.default_rng(8).choice([-1.0, 1.0], 2000)
    start = np.where(
        np.random.default_rng(9).random(2000) < 0.7, hierarchical_state(patterns)[0], start
    )
    rest = settle(model, jnp.asarray(start[None], jnp.float32), most=10)
    assert np.all(model.overlaps(rest.state)[0] > 0.2)


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="-1, 0 and 1"):
        MultitaskingHebbian(np.full((2, 5), 0.5))
    with pytest.raises(OptionError, match="blanks"):
        diluted_patterns(2, 5, 1.0, 7)
    with pytest.raises(OptionError, match="1 to 10"):
        multitasking_overlaps(11, 0.5)
