"""Networks carried to finer grids: by kernels, by fields, and the raw kernels that fail."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import halving
from residuum.operators import ConvolutionNetwork, GridFrame, OnTrainedGrid, resampled
from residuum.operators._resampled import brought

from ._small import moved, relative, train, waves

FRAME = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "wrap"))


def test_points_do_on_every_part_of_a_finer_grid_what_was_trained() -> None:
    """The nodes trained on are among the finer ones: answers there are the same to rounding."""
    for rank in (0, 2):
        operator = ConvolutionNetwork(4, 3, rank=rank).build(FRAME, 9)
        coarse, fine = waves(2, 16, 5), waves(2, 32, 5)
        np.testing.assert_allclose(fine[:, ::2, ::2], coarse, atol=1e-5)
        found = jax.jit(resampled(operator, (2, 2)).__call__)(jnp.asarray(fine))
        wanted = jax.jit(operator.__call__)(jnp.asarray(coarse))
        np.testing.assert_allclose(found[:, ::2, ::2], wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("values", ["points", "linear"])
def test_sums_of_kernels_stay(values: Any) -> None:
    operator = ConvolutionNetwork(4, 2).build(FRAME, 9)
    finer: Any = resampled(operator, (2, 3), values)
    for old, new in zip(operator.layers, finer.layers, strict=True):
        kernels: list[Any] = [vars(layer)["kernel"] for layer in (old, new)]
        before, after = (np.asarray(kernel).sum((0, 1)) for kernel in kernels)
        np.testing.assert_allclose(before, after, atol=1e-5)


def test_fields_brought_home_keep_waves_and_cubics() -> None:
    fine = brought(jnp.asarray(waves(1, 16, 5)), (32, 64), ("wrap", "wrap"))
    assert relative(fine, brought(jnp.asarray(waves(1, 32, 5)), (32, 64), ("wrap", "wrap"))) < 1e-5
    assert relative(brought(fine, (16, 16), ("wrap", "wrap")), waves(1, 16, 5)) < 1e-5
    line = np.linspace(0, 1, 9) ** 3
    found = brought(jnp.asarray(line[None, :, None]), (33,), ("zero",))[0, :, 0]
    # Cubic interpolation of a cubic, in float32.
    np.testing.assert_allclose(found, np.linspace(0, 1, 33) ** 3, atol=1e-6)


def test_it_works_on_several_moments() -> None:
    frame = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "zero"), 3)
    operator = ConvolutionNetwork(4, 2).build(frame, 9)
    home = OnTrainedGrid(operator, frame.shape, frame.edges)
    found = jax.eval_shape(home, jax.ShapeDtypeStruct((2, 24, 20, 1), np.float32))
    assert found.shape == (2, 3, 24, 20, 1)


@pytest.mark.slow
def test_raw_kernels_fail_on_a_finer_grid() -> None:
    """Card 8 names a ratio of five at twice the resolution."""
    inputs = waves(96, 16, 7)
    operator = ConvolutionNetwork(8, 4).build(FRAME, 7)
    outputs = moved(inputs, (2 / 16, 1 / 16), 0.01)
    trained = train(operator, inputs[:64], outputs[:64], steps=300)
    fine = waves(96, 32, 7)[64:]
    wanted = moved(fine, (2 / 16, 1 / 16), 0.01)
    raw, kernels = (
        relative(jax.jit(item.__call__)(fine), wanted)
        for item in (trained, resampled(trained, (2, 2)))
    )
    assert raw > 5 * kernels


def test_wrong_use() -> None:
    operator = ConvolutionNetwork(4, 2).build(FRAME, 9)
    with pytest.raises(OptionError, match="whole factors"):
        resampled(operator, (0, 2))
    with pytest.raises(OptionError, match="halving"):
        strided: Any = halving(1, 1, ("wrap", "wrap"), jax.random.key(3))
        resampled(strided, (2, 2))
