"""The sum behind convolutions: every form of the gradient is the plain one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum.blocks import Edge, correlate
from residuum.blocks._correlation import MODES, kernel_slope, shifted_products

RANDOM = np.random.default_rng(31)


def reference(x: Any, kernel: Any, edges: tuple[Edge, ...]) -> Any:
    """Pad, then XLA's own convolution of the inside."""
    for axis, edge in enumerate(edges, start=1):
        widths = [(0, 0)] * x.ndim
        widths[axis] = (kernel.shape[axis - 1] // 2,) * 2
        x = jnp.pad(x, widths, mode=MODES[edge])
    layout = {3: ("NWC", "WIO", "NWC"), 4: ("NHWC", "HWIO", "NHWC"), 5: ("NDHWC", "DHWIO", "NDHWC")}
    ones = (1,) * len(edges)
    return jax.lax.conv_general_dilated(
        x, kernel, ones, "VALID", dimension_numbers=layout[kernel.ndim]
    )


def drawn(*shape: int) -> jax.Array:
    return jnp.asarray(RANDOM.normal(size=shape), jnp.float32)


CASES: list[tuple[tuple[Edge, ...], tuple[int, ...], tuple[int, ...]]] = [
    (("copy",), (5,), (9,)),
    (("zero", "zero"), (3, 3), (7, 6)),
    (("copy", "wrap"), (3, 5), (6, 7)),
    (("wrap", "zero"), (1, 3), (6, 5)),
    (("wrap", "zero", "copy"), (3, 3, 3), (4, 5, 3)),
]


@pytest.mark.parametrize(("edges", "sides", "shape"), CASES)
def test_values_and_gradients_are_those_of_the_plain_convolution(
    edges: tuple[Edge, ...], sides: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    x, kernel, out = drawn(2, *shape, 3), drawn(*sides, 3, 4), drawn(2, *shape, 4)

    @jax.jit
    def every(x: Any, kernel: Any) -> Any:
        found, back = jax.vjp(lambda a, k: reference(a, k, edges), x, kernel)
        own, ours = jax.vjp(lambda a, k: correlate(a, k, edges, "folded"), x, kernel)
        plain, theirs = jax.vjp(lambda a, k: correlate(a, k, edges), x, kernel)
        return (found, *back(out)), (own, *ours(out)), (plain, *theirs(out))

    wanted, folded, plain = every(x, kernel)
    for three in (folded, plain):
        for value, true in zip(three, wanted, strict=True):
            # Float32 sums of at most 250 products of size one.
            scale = float(jnp.abs(true).max())
            np.testing.assert_allclose(value, true, rtol=0, atol=3e-6 * scale)


def test_the_plain_form_allows_forward_differentiation() -> None:
    x, kernel = drawn(1, 4, 4, 2), drawn(3, 3, 2, 2)
    move = drawn(3, 3, 2, 2)
    along = jax.jvp(lambda k: correlate(x, k, ("zero", "wrap")), (kernel,), (move,))[1]
    np.testing.assert_allclose(along, correlate(x, move, ("zero", "wrap")), rtol=0, atol=1e-5)
    with pytest.raises(TypeError, match="custom_vjp"):
        jax.jvp(lambda k: correlate(x, k, ("zero", "wrap"), "folded"), (kernel,), (move,))


def test_the_shape_chooses_the_gradient() -> None:
    """Many points and channels: products inside a loop; few: XLA's own gradient, without one."""

    def loops(side: int, channels: int) -> bool:
        x = jax.ShapeDtypeStruct((2, side, side, channels), jnp.float32)
        kernel = jax.ShapeDtypeStruct((3, 3, channels, 4), jnp.float32)
        slope = jax.grad(lambda k, x: correlate(x, k, ("zero", "zero"), "chosen").sum())
        return "scan" in str(jax.make_jaxpr(slope)(kernel, x))

    assert loops(64, 24)
    assert not loops(32, 24) and not loops(64, 16)


def test_memory_of_the_folded_gradient_is_that_of_one_sample() -> None:
    """Nine shifts of one sample, not of all: measured 0.3 MB against 2.4 MB for eight samples."""

    def needed(samples: int) -> int:
        x = jax.ShapeDtypeStruct((samples, 32, 32, 8), jnp.float32)
        program = jax.jit(lambda x, g: kernel_slope(x, g, (3, 3))).lower(x, x).compile()
        found: Any = program.memory_analysis()
        return int(found.temp_size_in_bytes)

    shifts = 9 * 34 * 34 * 8 * 4
    assert needed(8) < 3 * shifts < 8 * shifts


@pytest.mark.parametrize("edges", [("zero", "copy"), ("wrap", "zero")])
def test_a_kernel_for_every_channel(edges: tuple[Edge, ...]) -> None:
    x, kernel = drawn(2, 5, 6, 3), drawn(3, 5, 3)
    full = jnp.zeros((3, 5, 3, 3)).at[:, :, np.arange(3), np.arange(3)].set(kernel)
    found = jax.jit(lambda x, k: shifted_products(x, k, edges))(x, kernel)
    np.testing.assert_allclose(found, reference(x, full, edges), rtol=0, atol=1e-5)
