"""Blocks one after another, and gated layers."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import Block, Chain, Dense, Gated, Sine, Standardise, Tanh

from ._apply import apply

RANDOM = np.random.default_rng(29)
X = RANDOM.uniform(-1, 1, (5, 2))


def affine(inputs: int, outputs: int) -> Dense:
    return Dense(RANDOM.normal(size=(inputs, outputs)), RANDOM.normal(size=outputs))


@in_double_precision
def test_a_chain_applies_its_blocks_in_order() -> None:
    first, second = affine(2, 3), affine(3, 4)
    chain = Chain((first, Sine(3), second))
    inner = np.sin(X @ np.asarray(first.weight) + np.asarray(first.bias))
    expected = inner @ np.asarray(second.weight) + np.asarray(second.bias)
    # Sums of three products.
    np.testing.assert_allclose(apply(chain, X), expected, rtol=1e-13, atol=1e-14)
    assert (chain.signature.inputs, chain.signature.outputs) == (2, 4)


UNIT = Standardise(np.zeros(2), np.ones(2))


@pytest.mark.parametrize(
    ("blocks", "linear", "invertible"),
    [
        ((UNIT, UNIT), True, True),
        ((UNIT, affine(2, 2)), True, False),
        ((UNIT, Tanh(2)), False, True),
        ((Tanh(2), Sine(2)), False, False),
    ],
)
def test_a_chain_is_what_all_its_blocks_are(
    blocks: tuple[Block, ...], linear: bool, invertible: bool
) -> None:
    signature = Chain(blocks).signature
    assert (signature.linear, signature.invertible) == (linear, invertible)


@in_double_precision
def test_gated_layers_blend_two_encodings() -> None:
    first, second, layers = affine(2, 3), affine(2, 3), (affine(2, 3), affine(3, 3))
    found = apply(Gated(first, second, layers), X)

    def dense(block: Dense, x: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.tanh(x @ np.asarray(block.weight) + np.asarray(block.bias))
        return found

    u, v, h = dense(first, X), dense(second, X), X
    for layer in layers:
        h = dense(layer, h)
        h = h * u + (1 - h) * v
    np.testing.assert_allclose(found, h, rtol=1e-13, atol=1e-14)
