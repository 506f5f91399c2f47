"""Plain convolutions: boundary-matched padding pays, separable kernels cost little."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import ConvolutionNetwork, GridFrame

from ._small import moved, relative, train, waves, weights

FRAME = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "wrap"))


def test_it_commutes_with_shifts_around_a_period() -> None:
    operator = ConvolutionNetwork(4, 3).build(FRAME, 7)
    x = jnp.asarray(waves(1, 16, 3))
    apply = jax.jit(operator.__call__)
    gap = apply(jnp.roll(x, (3, 5), (1, 2))) - jnp.roll(apply(x), (3, 5), (1, 2))
    assert float(jnp.abs(gap).max()) < 1e-5


@pytest.mark.slow
def test_padding_as_the_boundary_asks_beats_zeros() -> None:
    """Card 7 names 1.5 to 2.4; measured here in benchmarks/grid_operators.py."""
    inputs = waves(96, 16, 7)
    outputs = moved(inputs, (2 / 16, 1 / 16), 0.01)
    errors = []
    for edges in (("wrap", "wrap"), ("zero", "zero")):
        frame = replace(FRAME, edges=edges)
        operator = ConvolutionNetwork(8, 4).build(frame, 7)
        found = train(operator, inputs[:64], outputs[:64], steps=300)
        errors.append(relative(jax.jit(found.__call__)(inputs[64:]), outputs[64:]))
    assert errors[1] / errors[0] > 1.5


def test_a_rank_saves_weights() -> None:
    dense, few = (ConvolutionNetwork(32, 4, rank=rank).build(FRAME, 7) for rank in (0, 8))
    # 2 · 9 · 32² weights against 2 · 8 · (64 + 6), beside the first and the last layer.
    assert weights(dense) > 4 * weights(few)


def test_several_moments_at_once() -> None:
    recipe = ConvolutionNetwork(4, 2)
    # Traced alone: nothing is drawn or compiled.
    found = jax.eval_shape(
        lambda x: recipe.build(replace(FRAME, times=3, outputs=2), 7)(x),
        jax.ShapeDtypeStruct((5, 16, 16, 1), np.float32),
    )
    assert found.shape == (5, 3, 16, 16, 2)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="two layers"):
        ConvolutionNetwork(depth=1)
    with pytest.raises(OptionError, match="odd side"):
        ConvolutionNetwork(side=4)
