"""Convolution: against SciPy, at every edge, with the right gradient."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import correlate

from residuum._core import OptionError, in_double_precision
from residuum.blocks import Convolution, Edge, convolution

from ._apply import apply

RANDOM = np.random.default_rng(37)
MODES: dict[str, Any] = {"zero": "constant", "copy": "edge", "wrap": "wrap"}


def by_scipy(block: Convolution, x: np.ndarray) -> np.ndarray:
    found = np.zeros((*x.shape[:-1], block.signature.outputs)) + np.asarray(block.bias)
    kernel = np.asarray(block.kernel)
    for axis, edge in enumerate(block.edges, start=1):
        widths = [(0, 0)] * x.ndim
        widths[axis] = (kernel.shape[axis - 1] // 2,) * 2
        x = np.pad(x, widths, mode=MODES[edge])
    for n in range(len(x)):
        for i in range(x.shape[-1]):
            for o in range(found.shape[-1]):
                found[n, ..., o] += correlate(
                    x[n, ..., i], kernel[..., i, o], mode="valid", method="direct"
                )
    return found


@pytest.mark.parametrize(
    ("edges", "sides", "shape"),
    [
        (("zero",), (5,), (9,)),
        (("zero", "zero"), (3, 3), (6, 5)),
        (("copy", "wrap"), (3, 5), (6, 7)),
        (("wrap", "zero", "copy"), (3, 3, 3), (4, 5, 3)),
        (("copy", "copy"), (1, 3), (4, 5)),
    ],
)
@in_double_precision
def test_values(edges: tuple[Edge, ...], sides: tuple[int, ...], shape: tuple[int, ...]) -> None:
    block = Convolution(RANDOM.normal(size=(*sides, 2, 3)), RANDOM.normal(size=3), edges)
    x = RANDOM.normal(size=(2, *shape, 2))
    # Sums of up to 54 products.
    np.testing.assert_allclose(apply(block, x), by_scipy(block, x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("axes", [2, 3])
@in_double_precision
def test_gradients_are_those_of_differences(axes: int) -> None:
    zero: Edge = "zero"
    edges = (zero,) * axes
    block = convolution(2, 2, edges, jax.random.key(41))
    x, kernel = jnp.asarray(RANDOM.normal(size=(1, *(4,) * axes, 2))), jnp.asarray(block.kernel)

    @jax.jit
    def energy(x: Any, kernel: Any) -> Any:
        return (Convolution(kernel, block.bias, edges)(x) ** 3).sum()

    for place, value in enumerate((x, kernel)):
        slope = jax.grad(energy, place)(x, kernel)
        move = jnp.asarray(RANDOM.normal(size=value.shape))
        step = 1e-5

        def along(s: float, place: int = place, value: Any = value, move: Any = move) -> Any:
            given = [x, kernel]
            given[place] = value + s * move
            return energy(*given)

        wanted = (along(step) - along(-step)) / (2 * step)
        # Differences of second order: relative 1e-10, and rounding over the step.
        np.testing.assert_allclose((slope * move).sum(), wanted, rtol=1e-7)


@in_double_precision
def test_random_weights_keep_the_size_of_features() -> None:
    edges: tuple[Edge, ...] = ("wrap", "wrap")
    x = RANDOM.normal(size=(1, 32, 32, 16))
    for gain in (1.0, 2.0):
        block = convolution(16, 16, edges, jax.random.key(43), gain=gain)
        # 2304 weights: their variance is known to 3 %.
        assert np.var(apply(block, x)) == pytest.approx(gain, rel=0.1)
    signature = convolution(2, 5, edges, jax.random.key(43)).signature
    assert (signature.inputs, signature.outputs, signature.linear) == (2, 5, True)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="odd sides"):
        Convolution(np.zeros((2, 3, 1, 1)), np.zeros(1), ("zero", "zero"))
    with pytest.raises(OptionError, match="per axis"):
        Convolution(np.zeros((3, 3, 1, 1)), np.zeros(1), ("zero",))
    wrong: Any = ("open", "zero")
    with pytest.raises(OptionError, match="'copy', 'wrap', 'zero'"):
        Convolution(np.zeros((3, 3, 1, 1)), np.zeros(1), wrong)
