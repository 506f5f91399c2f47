"""What every block promises, checked on every public block."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum import blocks
from residuum._core import Index, Jet, closure, double_precision, in_double_precision
from residuum.blocks import (
    Block,
    Chain,
    ChebyshevProducts,
    Dense,
    Factorised,
    FixedPoint,
    FourierFeatures,
    Gated,
    GaussianBumps,
    Gelu,
    KernelAxis,
    KernelProducts,
    Newton,
    Patches,
    Periodic,
    Product,
    Rectifier,
    ResidualGates,
    Sine,
    SpectralMixture,
    Standardise,
    Swish,
    Tanh,
    TiltedBumps,
    dense,
    factorised,
    tanh_units,
)

EVERY = [
    item
    for name in blocks.__all__
    if isinstance(item := getattr(blocks, name), type)
    and issubclass(item, Block)
    and item is not Block
]
RANDOM = np.random.default_rng(17)
POINTS, WIDTH = 3, 2


def trained(seed: int, inputs: int = WIDTH, outputs: int = WIDTH) -> Dense:
    with double_precision():
        return dense(inputs, outputs, jax.random.key(seed), spread=0.5)


def gates(activation: Block) -> ResidualGates:
    parts = [trained(seed, *shape) for seed, shape in enumerate([(2, 3)] * 3 + [(3, 3), (3, 2)], 3)]
    first, second, one, two, three = parts
    return ResidualGates(first, second, ((one, two, three),), jnp.array([0.6]), activation)


def equilibrium() -> FixedPoint:
    with double_precision():
        return FixedPoint(tanh_units(WIDTH, 3, jax.random.key(13)), Newton(1e-12))


def with_sizes(seed: int) -> Factorised:
    with double_precision():
        return factorised(WIDTH, 3, jax.random.key(seed))


def kernel_axis(features: int) -> KernelAxis:
    kernel = SpectralMixture(np.array([0.6, 0.4]), np.array([1.1, 0.7]), np.array([0.0, 0.3]))
    return KernelAxis(kernel, np.linspace(-1, 1, 3), RANDOM.normal(size=(3, features)))


def tilted(count: int, periodic: tuple[int, ...] = ()) -> TiltedBumps:
    centres, logs, tilts = (RANDOM.uniform(-0.6, 0.6, (count, n)) for n in (WIDTH, WIDTH, 1))
    return TiltedBumps(centres, logs, tilts, periodic)


# Every block takes two features: the compiled pieces of the reference are then shared.
FACTORIES: dict[str, list[Callable[[], Block]]] = {
    "Chain": [
        lambda: Chain((trained(3), Tanh(WIDTH), trained(4))),
        lambda: Chain((Standardise(np.array([3.0, 1.0]), np.array([0.5, 2.0])), trained(4))),
    ],
    "ChebyshevProducts": [
        lambda: ChebyshevProducts((3, 1)),
        lambda: ChebyshevProducts((2, 5), periodic=(1,)),
    ],
    "Dense": [lambda: trained(5, outputs=3)],
    "Factorised": [lambda: with_sizes(11)],
    "FixedPoint": [lambda: equilibrium()],
    "FourierFeatures": [lambda: FourierFeatures(RANDOM.normal(size=(WIDTH, 3)))],
    "Gated": [lambda: Gated(trained(6), trained(7), (trained(8), trained(9)))],
    "GaussianBumps": [
        lambda: GaussianBumps(RANDOM.uniform(-1, 1, (3, WIDTH)), np.array([[0.7, 1.1]])),
        lambda: GaussianBumps(RANDOM.uniform(-1, 1, (2, WIDTH)), np.full((2, 2), 0.8), (0,)),
    ],
    "Gelu": [lambda: Gelu(WIDTH)],
    "KernelProducts": [lambda: KernelProducts((kernel_axis(2), kernel_axis(3)))],
    "Patches": [
        lambda: Patches((trained(3), trained(4)), (1, 2), 0.5),
        lambda: Patches((trained(3), trained(4)), (2, 1), 0.9, (0,)),
        lambda: Patches((trained(3), trained(4)), (2, 1)),
    ],
    "Periodic": [lambda: Periodic((1,), WIDTH, 2), lambda: Periodic((0, 1), WIDTH)],
    "ResidualGates": [lambda: gates(Tanh(3)), lambda: gates(Swish(3))],
    "Product": [
        lambda: Product(
            ChebyshevProducts((3,)), GaussianBumps(RANDOM.uniform(-1, 1, (3, 1)), np.array([[0.7]]))
        ),
    ],
    "Rectifier": [lambda: Rectifier(WIDTH)],
    "Sine": [lambda: Sine(WIDTH)],
    "Standardise": [lambda: Standardise(np.array([2e-6, -40.0]), np.array([0.7, 1.5]))],
    "Swish": [lambda: Swish(WIDTH)],
    "Tanh": [lambda: Tanh(WIDTH)],
    "TiltedBumps": [lambda: tilted(3), lambda: tilted(2, (1,))],
}
# Name and the reason in words.
OPTED_OUT: dict[str, str] = {
    "Gate": "its own gradient has no forward derivative; tests/blocks/test_pointwise.py",
    "Pointwise": "its own gradient has no forward derivative; tests/blocks/test_pointwise.py",
    "SpectralConvolution": "it takes features on a grid; tests/blocks/test_spectral_convolution.py",
    "Convolution": "it takes features on a grid, not at points; tests/blocks/test_convolution.py",
    "Doubling": "it takes features on a grid, not at points; tests/blocks/test_levels.py",
    "Halving": "it takes features on a grid, not at points; tests/blocks/test_levels.py",
    "SeparableConvolution": "it takes features on a grid; tests/blocks/test_separable.py",
}

CASES = [
    pytest.param(make, id=f"{name}-{i}")
    for name, makers in FACTORIES.items()
    for i, make in enumerate(makers)
]
each = pytest.mark.parametrize("make", CASES)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: str(kind.__name__))
def test_every_public_block_is_here(kind: type[Block]) -> None:
    reason = OPTED_OUT.get(kind.__name__, "")
    made = [make() for make in FACTORIES.get(kind.__name__, [])]
    assert made or reason.strip(), f"{kind.__name__} has neither a factory nor a written reason"
    assert all(type(item) is kind for item in made)


def test_the_table_names_only_public_blocks() -> None:
    assert FACTORIES.keys() | OPTED_OUT.keys() <= {kind.__name__ for kind in EVERY}


ORDER = 4
INDICES: tuple[Index, ...] = closure([(i, ORDER - i) for i in range(ORDER + 1)])
# A form of degree four in two variables is zero if it vanishes along five lines, so five
# directions see every mixed derivative.
DIRECTIONS = np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.6, -0.8], [-0.28, 0.96]])


def random_jet() -> Jet:
    """Every kind of part: full, constant over the points, and none."""
    random = np.random.default_rng(53)
    parts: dict[Index, Array | None] = {}
    for i, index in enumerate(INDICES):
        rows = 1 if i == 1 else POINTS
        full = jnp.asarray(random.uniform(-0.8, 0.8, (rows, WIDTH)))
        parts[index] = None if i == 3 else full
    return Jet(parts)


def along_lines(jet: Jet) -> list[np.ndarray]:
    """Taylor coefficients along each direction, by order: shape (directions · n, features)."""
    shape = (len(DIRECTIONS), *jet.value.shape)
    found = [np.zeros(shape) for _ in range(ORDER + 1)]
    for index in INDICES:
        part = jet.parts[index]
        if part is not None:
            weight = np.prod(DIRECTIONS**index, axis=1)
            found[sum(index)] += weight[:, None, None] * np.broadcast_to(part, shape[1:])
    return [item.reshape(-1, shape[2]) for item in found]


@eqx.filter_jit
def by_differentiation(block: Block, inner: list[np.ndarray]) -> list[Array]:
    """Taylor coefficients of block(Σ inner_k s^k) at s = 0, by nested ``jax.jvp`` alone."""

    def start(s: Array) -> list[Array]:
        return [block(jnp.asarray(sum(part * s**k for k, part in enumerate(inner))))]

    function = start
    for _ in range(ORDER):
        function = functools.partial(with_slope, function)
    return [value / math.factorial(k) for k, value in enumerate(function(jnp.zeros(())))]


def with_slope(function: Callable[[Array], list[Array]], s: Array) -> list[Array]:
    values, slopes = jax.jvp(function, (s,), (jnp.ones_like(s),))
    return [*values, slopes[-1]]


@eqx.filter_jit
def applied(block: Block, x: np.ndarray) -> Array:
    return block(jnp.asarray(x))


def points_of(block: Block) -> np.ndarray:
    drawn: np.ndarray = np.random.default_rng(59).uniform(-1, 1, (6, block.signature.inputs))
    return drawn


@each
@in_double_precision
def test_the_jet_equals_automatic_differentiation(make: Callable[[], Block]) -> None:
    block, inner = make(), random_jet()
    found = block.jet(inner)
    assert found.indices == INDICES
    true = by_differentiation(block, along_lines(inner))
    for k, (got, value) in enumerate(zip(along_lines(found), true, strict=True)):
        # Measured: at most 8e-16 of the largest coefficient of an order, or of one.
        size = max(float(np.abs(value).max()), 1.0)
        np.testing.assert_allclose(got, value, rtol=0, atol=1e-12 * size, err_msg=f"order {k}")


@each
@in_double_precision
def test_the_signature_tells_the_shapes(make: Callable[[], Block]) -> None:
    block = make()
    x = points_of(block)
    found = applied(block, x)
    assert found.shape == (len(x), block.signature.outputs) and found.dtype == jnp.float64
    alone = applied(block, x[2:3])
    assert alone.shape == (1, block.signature.outputs)
    # The order of summation in a matrix product may depend on the number of rows.
    np.testing.assert_allclose(found[2:3], alone, rtol=1e-14, atol=1e-14)


@each
@in_double_precision
def test_linear_is_said_of_linear_blocks_alone(make: Callable[[], Block]) -> None:
    block = make()
    x = points_of(block)
    y = x[::-1]
    f_x, f_y, f_both, zero = (
        np.asarray(applied(block, z)) for z in (x, y, 0.7 * x - 1.3 * y, 0.0 * x)
    )
    gap = np.abs(f_both - zero - 0.7 * (f_x - zero) + 1.3 * (f_y - zero)).max()
    size = np.abs(f_x).max() + np.abs(zero).max()
    # Rounding, against the defect of curved functions of size one on [-1, 1].
    assert bool(gap < 1e-13 * size) is block.signature.linear
    assert block.signature.linear or gap > 1e-3 * size


@each
@in_double_precision
def test_what_can_be_undone_is_undone(make: Callable[[], Block]) -> None:
    block: Any = make()
    if not block.signature.invertible:
        assert not hasattr(block, "inverse"), "a block with an inverse says it is invertible"
        return
    assert block.signature.inputs == block.signature.outputs
    x = points_of(block)
    rule = jax.vmap(jax.jacfwd(lambda row: block(row[None])[0]))
    assert np.abs(np.linalg.det(np.asarray(jax.jit(rule)(x)))).min() > 1e-3
    if hasattr(block, "inverse"):
        # Two roundings each way of numbers up to 40.
        np.testing.assert_allclose(block.inverse(block(x)), x, rtol=1e-13, atol=1e-13)
