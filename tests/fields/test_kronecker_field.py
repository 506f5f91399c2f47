"""A field on products of features."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.blocks import KernelAxis, KernelProducts, SpectralMixture, Standardise
from residuum.fields import KroneckerField

RANDOM = np.random.default_rng(9)


def field(axes: int) -> KroneckerField:
    kernel = SpectralMixture(np.array([1.0, 0.3]), np.array([1.0, 0.5]), np.array([0.0, 0.8]))
    made = tuple(
        KernelAxis(kernel, np.linspace(-1, 1, 3 + i), RANDOM.normal(size=(3 + i, 2 + i)))
        for i in range(axes)
    )
    products = KernelProducts(made)
    start = Standardise(np.full(axes, 2.0), np.full(axes, 3.0))
    weights = jnp.asarray(RANDOM.normal(size=(products.signature.outputs, 1)))
    return KroneckerField(start, products, weights)


@in_double_precision
def test_contracting_by_axis_is_the_sum_of_all_features() -> None:
    for axes, index in ((1, (2,)), (2, (2, 1))):
        made = field(axes)
        points = jnp.asarray(RANDOM.uniform(-1, 5, (7, axes)))
        short, long = made.jet(points, [index]), made.features(points, [index])
        for part in short.indices:
            expected = long.derivative(part) @ made.head
            # Sums of up to six terms of size one, in two orders.
            np.testing.assert_allclose(short.derivative(part), expected, rtol=1e-10, atol=1e-13)


@in_double_precision
def test_another_head_changes_only_the_weights() -> None:
    made = field(2)
    doubled = made.with_head(2 * made.head)
    points = jnp.asarray(RANDOM.uniform(-1, 5, (4, 2)))
    np.testing.assert_allclose(doubled(points), 2 * made(points), rtol=1e-13)
    assert not np.any(np.asarray(made.offset(points, [(0, 0)]).value))
