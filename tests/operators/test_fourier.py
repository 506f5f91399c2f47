"""The Fourier operator: resolutions, forms of weights, padding."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Tucker
from residuum.operators import FNO, FourierExtras, GridFrame

PERIODIC = GridFrame(1, 1, (16,), (1.0,), ("wrap",))


def wave(nodes: int) -> jax.Array:
    x = np.arange(nodes) / nodes
    return jnp.asarray((np.sin(2 * np.pi * x) + 0.3)[None, :, None], jnp.float32)


def test_finer_grids_give_the_same_function() -> None:
    operator = FNO(modes=4, width=6, layers=2).build(PERIODIC, 7)
    coarse, fine, finer = (np.asarray(operator(wave(n)))[0] for n in (32, 64, 128))
    # Activations are not band-limited: what they add above the grid falls off fast.
    first, second = abs(fine[::2] - coarse).max(), abs(finer[::2] - fine).max()
    assert first < 1e-4 * abs(fine).max() + 1e-6 and second <= first + 1e-6


def test_padding_has_the_same_length_on_every_grid() -> None:
    frame = GridFrame(1, 1, (17,), (1.0,), ("zero",))
    operator = FNO(4, 4, 1, walls="padded", extras=FourierExtras(padding=0.5)).build(frame, 7)
    for nodes in (17, 33):
        lift = operator.stages()[0]
        wide = lift(jnp.zeros((1, nodes, 1)))
        assert wide.shape[1] / (nodes - 1) == 1.5  # a period of one and a half lengths
    assert operator.weights[0].dense().shape == (1, 4, 4, 2, 4)


def test_one_tensor_may_hold_all_layers() -> None:
    dense = FNO(modes=4, width=8, layers=3).build(PERIODIC, 7)
    joint = FNO(modes=4, width=8, layers=3, weights=Tucker(0.1), joint=True).build(PERIODIC, 7)
    assert len(dense.weights) == 3 and len(joint.weights) == 1
    assert joint.weights[0].count <= 0.1 * sum(item.count for item in dense.weights)
    assert joint(wave(16)).shape == (1, 16, 1)


def test_options_reach_the_blocks() -> None:
    made = FNO(4, 4, 2, skip="linear", extras=FourierExtras(normalised=True, coordinates=False))
    operator = made.build(PERIODIC, 7)
    assert operator.blocks[0].gate.signature.inputs == 4 and operator.blocks[0].normalised
    assert operator.lift[0].signature.inputs == 1
    assert np.isfinite(operator(wave(16))).all()


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="one or more"):
        FNO(width=0)
    with pytest.raises(OptionError, match="every axis"):
        FNO(modes=(3, 3)).build(PERIODIC, 7)
    with pytest.raises(OptionError, match="matched"):
        FNO(walls="open")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="padding"):
        FourierExtras(padding=-1.0)
