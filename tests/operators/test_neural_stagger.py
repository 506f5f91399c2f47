"""NeuralStagger: coarse fields are independent, and are trained without labels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import ConvolutionNetwork, GridFrame, NeuralStagger
from residuum.operators._neural_stagger import interleaved, woven

from ._small import moved, relative, train, waves

FRAME = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "wrap"))
RANDOM = np.random.default_rng(67)


def test_weaving_undoes_interleaving() -> None:
    x = jnp.asarray(RANDOM.normal(size=(2, 6, 9, 2)))
    fields = interleaved(x, 3)
    assert len(fields) == 9 and fields[1].shape == (2, 2, 3, 2)
    np.testing.assert_array_equal(fields[5], x[:, 1::3, 2::3])
    np.testing.assert_array_equal(woven(fields, 3), x)


def test_a_part_sees_its_own_field_alone() -> None:
    operator = NeuralStagger(2, ConvolutionNetwork(4, 2)).build(FRAME, 5)
    x = jnp.asarray(waves(1, 16, 3))
    apply = jax.jit(operator.__call__)
    gap = np.asarray(apply(x.at[0, 4, 7, 0].add(1.0)) - apply(x))[0, ..., 0] != 0
    # Node (4, 7) is of the field that begins at (0, 1).
    assert gap[::2, 1::2].any() and not gap[1::2].any() and not gap[:, ::2].any()


@pytest.mark.parametrize(("sees", "times"), [("own", 0), ("all", 2)])
def test_shapes(sees: str, times: int) -> None:
    frame = GridFrame(2, 1, (15, 16), (1.0, 1.0), ("zero", "wrap"), times)
    recipe = NeuralStagger(2, ConvolutionNetwork(4, 2), sees)
    operator = recipe.build(frame, 5)
    # Traced alone: nothing is compiled.
    found = jax.eval_shape(operator.__call__, jax.ShapeDtypeStruct((3, 15, 16, 2), np.float32))
    assert found.shape == ((3, 2, 15, 16, 1) if times else (3, 15, 16, 1))


@pytest.mark.slow
def test_it_is_trained_by_the_residual_alone() -> None:
    """One implicit step of the heat equation, no labels: the residual of the woven answer."""
    side, step = 16, 0.5

    def loss(operator: Any, u: jax.Array, _: jax.Array) -> jax.Array:
        v = operator(u)
        around = sum(jnp.roll(v, s, axis) for axis in (1, 2) for s in (1, -1))
        return ((v - step * (around - 4 * v) - u) ** 2).mean()

    inputs = waves(96, side, 7)
    found = train(
        NeuralStagger(2, ConvolutionNetwork(8, 3)).build(FRAME, 7),
        inputs[:64],
        inputs[:64],
        steps=300,
        loss=loss,
    )
    k = 2 * np.cos(2 * np.pi * np.fft.fftfreq(side))
    factor = 1 / (1 - step * (k[:, None] + k[None, :] - 4))
    unseen = inputs[64:, ..., 0]
    true = np.fft.ifft2(np.fft.fft2(unseen) * factor).real[..., None]
    error = relative(jax.jit(found.__call__)(inputs[64:]), true)
    assert error < 0.1 < relative(inputs[64:], true)
    assert moved(inputs[:1], (0.0, 0.0), 0.0).shape == (1, 16, 16, 1)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="'own' or 'all'"):
        NeuralStagger(sees="some")
    with pytest.raises(OptionError, match="stride"):
        NeuralStagger(stride=0)
