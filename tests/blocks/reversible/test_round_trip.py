"""The self-test: fact by fact, skips of one are safe and smaller ones are not."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from residuum.blocks.reversible._group import grouped
from residuum.blocks.reversible._round_trip import Path, drawn

from ._stacks import additive, pair


def test_skips_below_one_amplify_rounding() -> None:
    errors = {
        skip: Path(grouped([additive(i, skip) for i in range(12)]), pair(), "").error(0)
        for skip in (1.0, 0.5)
    }
    # Two divisions by a half per step: 2^12 and more.
    assert errors[1.0] < 1e-5 < 1e3 * errors[1.0] < errors[0.5]


def test_the_interval_holds_the_tolerance() -> None:
    path = Path(grouped([additive(i, 0.5) for i in range(12)]), pair(), "")
    every, error = path.interval(1e-4)
    assert 1 < every < 12 and error <= 1e-4
    assert path.interval(1e-12) == (1, 0.0)


def test_probes_are_drawn() -> None:
    found = drawn((jax.ShapeDtypeStruct((3, 2), jnp.float32), jnp.ones(2)))
    assert found[0].shape == (3, 2) and bool(jnp.any(found[0])) and bool((found[1] == 1).all())
