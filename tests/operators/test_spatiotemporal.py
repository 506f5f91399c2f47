"""The Fourier operator in space and time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import GridFrame, SpatiotemporalFNO, divergence_free

RANDOM = np.random.default_rng(101)
SMALL = SpatiotemporalFNO(3, 3, 5, 4, 1)


def test_answers_start_from_the_state() -> None:
    frame = GridFrame(2, 1, (8,), (1.0,), ("wrap",), times=40)
    operator = SMALL.build(frame, 7)
    x = jnp.asarray(RANDOM.normal(size=(2, 8, 2)), jnp.float32)
    found = operator(x)
    assert found.shape == (2, 40, 8, 1)
    first, last = (float(abs(found[:, i] - x[..., 1:]).max()) for i in (0, -1))
    assert first < 0.1 * last


def test_the_last_layer_is_linear_in_its_weights() -> None:
    frame = GridFrame(1, 1, (8,), (1.0,), ("wrap",), times=4)
    operator = SMALL.build(frame, 7)
    x = jnp.asarray(RANDOM.normal(size=(1, 8, 1)), jnp.float32)

    def change(scale: float) -> jax.Array:
        head = jax.tree.map(lambda leaf: scale * leaf, operator.head)
        made = SMALL.build(frame, 7)
        object.__setattr__(made, "head", head)
        return made(x) - x[:, None]

    np.testing.assert_allclose(change(3.0), 3 * change(1.0), atol=1e-5)


def test_velocities_have_no_divergence() -> None:
    x, y = np.meshgrid(np.arange(16) / 16, np.arange(12) / 12, indexing="ij")
    # A rotational part on lengths (1, 2), and the gradient of a potential.
    a, b = 2 * np.pi * x, 2 * np.pi * y
    turning = np.stack([-np.sin(b) * np.pi, np.sin(a) * 2 * np.pi], -1)
    gradient = np.stack([np.cos(a) * np.cos(b) * 2 * np.pi, -np.sin(a) * np.sin(b) * np.pi], -1)
    found = divergence_free(jnp.asarray((turning + gradient)[None], jnp.float32), (1.0, 2.0))
    np.testing.assert_allclose(found[0], turning, atol=1e-5)
    frame = GridFrame(2, 2, (8, 8), (1.0, 1.0), ("wrap", "wrap"), times=2)
    operator = SpatiotemporalFNO(3, 2, 3, 4, 1, solenoidal=True).build(frame, 7)
    made = operator(jnp.asarray(RANDOM.normal(size=(1, 8, 8, 2)), jnp.float32))
    again = divergence_free(made, (1.0, 1.0))
    np.testing.assert_allclose(again, made, atol=1e-5)


def test_unsuitable_frames_are_refused() -> None:
    steady = GridFrame(1, 1, (8,), (1.0,), ("wrap",))
    with pytest.raises(OptionError, match="times"):
        SMALL.build(steady, 7)
    walls = GridFrame(2, 2, (8, 8), (1.0, 1.0), ("wrap", "zero"), times=2)
    with pytest.raises(OptionError, match="velocity"):
        SpatiotemporalFNO(3, 2, 3, solenoidal=True).build(walls, 7)
    with pytest.raises(OptionError, match="more moments"):
        SpatiotemporalFNO(time_modes=5, latent=5)
