from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, DenoisingChain, Tanh, dense
from residuum.learning import Supervised
from residuum.learning.rules import NoProp


def chain(blocks: int = 3, features: int = 3, outputs: int = 2, width: int = 24) -> DenoisingChain:
    made = []
    for key in jax.random.split(jax.random.key(7), blocks):
        first, last = jax.random.split(key)
        layers = dense(features + outputs, width, first, spread=0.5), dense(width, outputs, last)
        made.append(Chain((layers[0], Tanh(width), layers[1])))
    return DenoisingChain(made, outputs)


def data(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).normal(size=(count, 3)).astype("f4")
    return x, np.stack([np.sin(2 * x[:, 0]), x[:, 1] * x[:, 2]], 1).astype("f4")


def test_blocks_that_never_meet_make_a_chain_that_fits() -> None:
    how = Supervised(NoProp(), epochs=80, batch=50, rate=1e-2)
    learnt = how.train(chain(), data(500, 41))
    x, y = data(200, 43)
    lifted, held = (np.concatenate([p, np.ones((len(p), 1))], 1) for p in (data(500, 41)[0], x))
    ridge = held @ np.linalg.lstsq(lifted, data(500, 41)[1], rcond=None)[0]
    error, floor = (np.linalg.norm(found - y) / np.linalg.norm(y) for found in (learnt(x), ridge))
    assert error < 0.5 * floor, (error, floor)
    assert {f"denoising {t}" for t in range(3)} == set(learnt.logs)


def test_other_models_and_options_are_refused() -> None:
    with pytest.raises(OptionError, match="DenoisingChain"):
        NoProp().check((dense(2, 2, jax.random.key(3)),))
    with pytest.raises(OptionError):
        NoProp(eta=0.0)
