"""Separable convolutions: the dense kernel they stand for, and how they start."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Convolution, SeparableConvolution, grid_convolution, separable

from ._apply import apply

RANDOM = np.random.default_rng(35)


def test_it_is_the_dense_convolution_of_its_kernel() -> None:
    block = separable(3, 4, ("wrap", "copy"), jax.random.key(3), rank=2, side=5)
    x = RANDOM.normal(size=(2, 6, 7, 3)).astype(np.float32)
    # Both in float32: 150 products in another order.
    np.testing.assert_allclose(apply(block, x), apply(block.dense(), x), rtol=0, atol=1e-4)
    assert (block.signature.inputs, block.signature.outputs, block.signature.linear) == (3, 4, True)


def test_it_starts_with_the_variance_of_a_dense_one() -> None:
    x = RANDOM.normal(size=(1, 16, 16, 32)).astype(np.float32)
    block = separable(32, 32, ("wrap", "wrap"), jax.random.key(9), rank=16, gain=2.0)
    # Products of four factors: their sum is known to about a fifth.
    assert np.var(apply(block, x)) == pytest.approx(2.0, rel=0.4)


def test_a_rank_is_used_where_it_saves_weights() -> None:
    key = jax.random.key(3)
    assert isinstance(grid_convolution(16, 16, ("wrap",), key, rank=4), SeparableConvolution)
    assert isinstance(grid_convolution(2, 2, ("wrap",), key, rank=9), Convolution)
    assert isinstance(grid_convolution(16, 16, ("wrap",), key), Convolution)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="rank"):
        separable(2, 2, ("wrap",), jax.random.key(3), rank=0)
    with pytest.raises(OptionError, match="odd side"):
        SeparableConvolution(
            np.zeros((2, 1)), (np.zeros((2, 1)),), np.zeros((1, 2)), np.zeros(2), ("wrap",)
        )
