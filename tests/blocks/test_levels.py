"""From a grid to half of it and back."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import (
    Doubling,
    Edge,
    Halving,
    Slope,
    coarser,
    correlate,
    doubling,
    halving,
    resized,
)

RANDOM = np.random.default_rng(33)


@pytest.mark.parametrize(
    ("edges", "shape", "slope"),
    [
        (("zero", "zero"), (8, 6), "plain"),
        (("copy", "wrap"), (7, 8), "folded"),
        (("wrap",), (8,), "plain"),
        (("zero", "copy", "wrap"), (4, 5, 6), "folded"),
    ],
)
def test_halving_is_the_convolution_at_every_second_node(
    edges: tuple[Edge, ...], shape: tuple[int, ...], slope: Slope
) -> None:
    block = halving(2, 3, edges, jax.random.key(5))
    x = jnp.asarray(RANDOM.normal(size=(2, *shape, 2)), jnp.float32)

    @jax.jit
    def both(x: Any, kernel: Any) -> Any:
        def ours(x: Any, kernel: Any) -> Any:
            return Halving(kernel, block.bias, edges, slope)(x)

        def plain(x: Any, kernel: Any) -> Any:
            return correlate(x, kernel, edges)[(slice(None), *(slice(None, None, 2),) * len(shape))]

        out = []
        for rule in (ours, plain):
            value, back = jax.vjp(rule, x, kernel)
            out.append((value, *back(jnp.cos(value))))
        return out

    ours, plain = both(x, jnp.asarray(block.kernel))
    for value, true in zip(ours, plain, strict=True):
        # Float32 sums of at most 120 products.
        np.testing.assert_allclose(value, true, rtol=0, atol=5e-6 * float(jnp.abs(true).max()))


def test_doubling_is_the_transposed_convolution() -> None:
    block = doubling(3, 2, 2, jax.random.key(7), linear=True)
    x = jnp.asarray(RANDOM.normal(size=(2, 3, 4, 3)), jnp.float32)
    found = np.asarray(block(x))
    assert found.shape == (2, 6, 8, 2)
    for i, j in ((0, 0), (1, 0), (1, 1)):
        part = np.asarray(x) @ np.asarray(block.kernel)[:, i, j]
        np.testing.assert_allclose(found[:, i::2, j::2], part, rtol=0, atol=1e-5)
    np.testing.assert_allclose(block(x, (5, 7)), found[:, :5, :7])


def test_resizing_keeps_lines_and_means() -> None:
    """Between walls lines are exact; around a period constants and means are kept."""
    line = np.linspace(0, 1, 9)[None, :, None]
    for size in (5, 17, 12):
        found = resized(jnp.asarray(line), (size,), ("zero",))[0, :, 0]
        # Fewer nodes are means over neighbours: exact inside, one-sided at the ends.
        inner = slice(1, -1) if size < 9 else slice(None)
        np.testing.assert_allclose(found[inner], np.linspace(0, 1, size)[inner], atol=1e-6)
    wave = RANDOM.normal(size=(1, 8, 1))
    for size in (4, 16):
        found = resized(jnp.asarray(wave), (size,), ("wrap",))
        assert float(found.mean()) == pytest.approx(wave.mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "edges", "wanted"),
    [((17,), ("zero",), (9,)), ((16, 5), ("wrap", "copy"), (8, 3)), ((15,), ("wrap",), (8,))],
)
def test_coarser(shape: tuple[int, ...], edges: tuple[Edge, ...], wanted: tuple[int, ...]) -> None:
    assert coarser(shape, edges) == wanted


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="side of 3"):
        Halving(np.zeros((5, 1, 1)), None, ("zero",))
    assert Doubling(np.zeros((2, 2, 3)), None).signature.outputs == 3
