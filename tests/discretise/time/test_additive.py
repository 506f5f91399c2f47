"""What additive schemes share: factors entry by entry and by a matrix at every mode."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.time import ETDRK4, IMEX, Additive
from residuum.discretise.time._additive import apply


def test_apply() -> None:
    random = np.random.default_rng(5)
    state, line = random.normal(size=(2, 4, 3)), random.normal(size=(2, 4, 3))
    block = random.normal(size=(2, 2, 4, 3))
    with double_precision():
        one = np.asarray(apply(jnp.asarray(line), jnp.asarray(state)))
        two = np.asarray(apply(jnp.asarray(block), jnp.asarray(state)))
    assert np.abs(one - line * state).max() == 0
    assert np.abs(two - np.einsum("abxy,bxy->axy", block, state)).max() < 1e-14


@pytest.mark.parametrize("scheme", [ETDRK4(), IMEX()])
def test_schemes_say_who_they_are(scheme: Additive) -> None:
    assert scheme.order >= 3
    assert scheme.source.identifier.startswith("doi:")
    assert scheme == type(scheme)()
