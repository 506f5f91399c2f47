"""One transformation per kind, and the rate as an argument."""

from __future__ import annotations

from typing import Any, get_args

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from residuum.blocks import dense
from residuum.learning._moves import Optimiser, moves
from residuum.learning._muon import muon

RATE = 3e-2
OWN: dict[str, Any] = {
    "muon": lambda: muon(RATE, 0.1),
    "adam": lambda: optax.adamw(RATE, weight_decay=0.1),
    "lion": lambda: optax.lion(RATE, weight_decay=0.1),
    "sgd": lambda: optax.chain(optax.add_decayed_weights(0.1), optax.sgd(RATE, momentum=0.9)),
}


@pytest.mark.parametrize("kind", get_args(Optimiser))
def test_moves_are_those_of_optax_at_that_rate(kind: Optimiser) -> None:
    mine, other = moves(kind, 0.1, None, None), OWN[kind]()
    weights = dense(3, 2, jax.random.key(3))
    states = mine.init(weights), other.init(weights)
    for step in range(3):
        slope = jax.tree.map(lambda leaf, s=step: jnp.cos(leaf + s), weights)
        found, first = mine.update(slope, states[0], weights, rate=RATE)
        wanted, second = other.update(slope, states[1], weights)
        states = first, second
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), found, wanted)


def test_equal_options_are_one_object_and_one_program() -> None:
    mine = moves("adam", 0.0, 1.0, None)
    assert moves("adam", 0.0, 1.0, None) is mine
    assert moves("adam", 0.0, None, None) is not mine
    counted = []

    @jax.jit
    def step(slope: Any, state: Any, weights: Any, rate: Any) -> Any:
        counted.append(1)
        return mine.update(slope, state, weights, rate=rate)

    weights = {"a": jnp.ones(3)}
    for rate in (1e-2, 1e-3):
        step(weights, mine.init(weights), weights, jnp.asarray(rate))
    assert len(counted) == 1
