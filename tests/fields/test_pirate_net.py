"""Deep networks that start shallow."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.blocks import Factorised, ResidualGates, Swish, Tanh
from residuum.fields import Frame, PirateNet

FRAME = Frame(np.zeros(2), np.ones(2), (1,), 3)


@in_double_precision
def test_the_layers_and_what_is_trained_in_front_of_them() -> None:
    start, gates = (part for part in PirateNet(5, 2, 7).trunk(FRAME, 5).blocks)  # type: ignore[attr-defined]
    assert isinstance(gates, ResidualGates) and isinstance(gates.activation, Tanh)
    assert [[layer.signature.outputs for layer in three] for three in gates.layers] == [
        [5, 5, 14],
        [5, 5, 14],
    ]
    assert isinstance(gates.first, Factorised)
    # Time, cosine and sine of the periodic axis, 7 frequencies: trained, so an array of JAX.
    assert isinstance(start.blocks[1].frequencies, jax.Array)
    assert start.blocks[1].frequencies.shape == (3, 7)
    smooth: Any = PirateNet(5, 1, 7, smooth=True).trunk(FRAME, 5)
    assert isinstance(smooth.blocks[1].activation, Swish)


@in_double_precision
def test_at_the_start_only_the_last_layer_counts() -> None:
    """A sum of cosines of the embedding is met by the head alone, to rounding."""
    field = PirateNet(5, 3, 7).build(FRAME, 5)
    assert not np.asarray(field.head).any()
    points = jnp.asarray(np.random.default_rng(3).uniform(-1, 1, (40, 2)))
    features = np.asarray(field.features(points, [(0, 0)]).value)
    embedded = np.asarray(field.trunk.blocks[1].blocks[0](points))  # type: ignore[attr-defined]
    np.testing.assert_allclose(features[:, :-1], embedded, rtol=1e-14)
