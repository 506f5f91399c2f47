"""Latent spectral model: tokens of patches, by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import LSM, GridFrame

FRAME = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("zero", "wrap"))
RANDOM = np.random.default_rng(63)


def softmax(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.exp(x - x.max(-1, keepdims=True))
    return found / found.sum(-1, keepdims=True)


def test_one_patch_is_the_equations() -> None:
    operator = LSM(8, 1, patches=2, tokens=3, waves=5, heads=2).build(FRAME, 5)
    part = operator.spectral[0]
    assert part is not None
    x = RANDOM.normal(size=(1, 8, 6, 8)).astype(np.float32)
    found = np.asarray(jax.jit(part.__call__)(jnp.asarray(x)))
    patch = x[0, :4, 3:].reshape(-1, 8)
    parts = [patch @ np.asarray(b.weight) + np.asarray(b.bias) for b in (part.keys, part.values)]
    asks = patch @ np.asarray(part.asks.weight) + np.asarray(part.asks.bias)
    wanted = patch.copy()
    for head in range(2):
        of = slice(4 * head, 4 * head + 4)
        tokens = np.asarray(part.start)[head]
        tokens = tokens + softmax(tokens @ parts[0][:, of].T) @ parts[1][:, of]
        wave = tokens.copy()
        for i in range(5):
            wave += np.asarray(part.sines)[i, of] * np.sin(np.pi * i * tokens / 5)
            wave += np.asarray(part.cosines)[i, of] * np.cos(np.pi * i * tokens / 5)
        wanted[:, of] += softmax(asks[:, of] @ wave.T) @ wave
    # Float32 on one side.
    np.testing.assert_allclose(found[0, :4, 3:].reshape(-1, 8), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16), (18, 21)])
def test_shapes(shape: tuple[int, int]) -> None:
    frame = GridFrame(2, 1, (16, 16), (1.0, 1.0), ("zero", "wrap"), 3)
    recipe = LSM(8, 2, 3)
    # Traced alone: nothing is drawn or compiled.
    found = jax.eval_shape(
        lambda x: recipe.build(frame, 5)(x), jax.ShapeDtypeStruct((2, *shape, 2), np.float32)
    )
    assert found.shape == (2, 3, *shape, 1)
    assert LSM(8, 2, spectral=False).build(frame, 5).spectral == (None, None)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="multiple of the heads"):
        LSM(width=10, heads=4)
    with pytest.raises(OptionError, match="nodes or more"):
        LSM(levels=5).build(FRAME, 5)
