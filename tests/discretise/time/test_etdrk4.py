"""Exponential time differencing: order, exact linear part, diagonal and in blocks."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.time import ETDRK4, Chunks, coefficients
from residuum.discretise.time._etdrk4 import block_coefficients

from ._forced import BLOCK, STIFF, exact, forced, forced_block, orders


def test_order_four() -> None:
    assert orders(ETDRK4(), forced, STIFF)[-1] == pytest.approx(4.0, abs=0.2)


def test_order_four_in_blocks() -> None:
    assert orders(ETDRK4(), forced_block, BLOCK)[-1] == pytest.approx(4.0, abs=0.2)


def test_linear_part_is_exact() -> None:
    def nothing(state: Any, time: Any, data: Any) -> Any:
        return jnp.zeros_like(state)

    with double_precision():
        made = Chunks(ETDRK4(), nothing, symbol=STIFF, example=np.ones(3), data={})
        history = made.march(np.ones(3), (0.0, 2.0), chunks=1, stride=3)
    assert history.steps == 24
    assert np.abs(history.states[-1] - np.exp(2.0 * STIFF)).max() < 1e-13


def test_blocks_agree_with_the_diagonal() -> None:
    line = np.array([-300.0 + 0j, 5j, 0.0, -1e-7])
    one = coefficients(line[None], 0.3)
    block = np.zeros((2, 2, 4), complex)
    block[0, 0], block[1, 1] = line, 2 * line
    for a, b in zip(one, block_coefficients(block, 0.3), strict=True):
        # Rounding doubles with every doubling: ten of them here.
        assert np.abs(a[0] - b[0, 0]).max() < 1e-12
        assert not b[0, 1].any()


def test_coefficients_near_zero_have_no_cancellation() -> None:
    for symbol in (np.array([1e-9, 0.0]), np.array([1e-9 + 0j, 0.0])):
        small = coefficients(symbol, 0.5)
        assert small.stage == pytest.approx([0.25, 0.25], abs=1e-9)
        assert small.first == pytest.approx([1 / 12, 1 / 12], abs=1e-9)
    assert exact(np, np.array(0.0))[0][1] == 0.0
