"""The protocol of blocks."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import _jet as jets
from residuum._core import in_double_precision
from residuum.blocks import Block, Signature


class Cube(Block):
    """A block with nothing but a value: the default jet is all it has."""

    @property
    def signature(self) -> Signature:
        return Signature(2, 2)

    def __call__(self, x: Array) -> Array:
        return x**3 * x[:, ::-1]


def test_a_signature_claims_nothing_by_default() -> None:
    assert Signature(2, 3) == Signature(2, 3, linear=False, invertible=False)


def test_the_protocol_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Block()  # type: ignore[abstract]


@in_double_precision
def test_the_default_jet_differentiates_once() -> None:
    x = jnp.asarray([[2.0, 3.0], [0.5, -1.0]])
    jet = Cube().jet(jets.coordinates(x, [(1, 0), (0, 1)]))
    a, b = np.asarray(x).T
    np.testing.assert_allclose(jet.value, np.stack([a**3 * b, b**3 * a], axis=1), rtol=1e-15)
    slopes = np.stack([3 * a**2 * b, b**3], axis=1)
    # Two roundings per product.
    np.testing.assert_allclose(jet.derivative((1, 0)), slopes, rtol=1e-14)


@in_double_precision
def test_the_default_jet_differentiates_twice() -> None:
    x = jnp.asarray([[2.0, 3.0], [0.5, -1.0]])
    jet = Cube().jet(jets.coordinates(x, [(2, 0), (1, 1)]))
    a, b = np.asarray(x).T
    np.testing.assert_allclose(jet.derivative((2, 0))[:, 0], 6 * a * b, rtol=1e-14)
    mixed = np.stack([3 * a**2, 3 * b**2], axis=1)
    np.testing.assert_allclose(jet.derivative((1, 1)), mixed, rtol=1e-14)
