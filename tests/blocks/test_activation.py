"""Elementwise functions; their jets are checked with those of all blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import Block, Rectifier, Sine, Swish, Tanh

from ._apply import apply

X = np.linspace(-30, 30, 61)[:, None]


@pytest.mark.parametrize(
    ("block", "function"),
    [
        (Tanh(1), np.tanh),
        (Sine(1), np.sin),
        (Rectifier(1), lambda x: np.maximum(x, 0)),
        (Swish(1), lambda x: x / (1 + np.exp(-x))),
    ],
)
@in_double_precision
def test_values(block: Block, function: Callable[[np.ndarray], np.ndarray]) -> None:
    # The two spellings of the sigmoid differ by rounding of one, times |x| up to 30.
    np.testing.assert_allclose(apply(block, X), function(X), rtol=1e-13, atol=1e-14)


def test_only_tanh_can_be_undone() -> None:
    assert Tanh(3).signature.invertible
    assert not Sine(3).signature.invertible and not Swish(3).signature.invertible
