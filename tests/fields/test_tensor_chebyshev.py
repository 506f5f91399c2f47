"""Tensor Chebyshev polynomials as a recipe."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum.blocks import ChebyshevProducts
from residuum.fields import Frame, TensorChebyshev


@pytest.mark.parametrize(
    ("degree", "periodic", "expected"),
    [(4, (), (4, 4)), ((2, 6), (), (2, 6)), (6, (1,), (6, 6))],
)
def test_degrees_by_axis(degree: Any, periodic: tuple[int, ...], expected: tuple[int, ...]) -> None:
    trunk = TensorChebyshev(degree).trunk(Frame(np.zeros(2), np.ones(2), periodic, 1), 5)
    assert isinstance(trunk, ChebyshevProducts)
    assert (trunk.degrees, trunk.periodic) == (expected, periodic)
    sizes = [n + 1 for n in expected]
    assert trunk.signature.outputs == sizes[0] * sizes[1]


def test_total_degree_keeps_few_products_of_many_axes() -> None:
    trunk = TensorChebyshev(6, total=6).trunk(Frame(np.zeros(6), np.ones(6), (), 1), 5)
    assert isinstance(trunk, ChebyshevProducts)
    # The sums of six degrees up to 6: 12 choose 6.
    assert trunk.signature.outputs == 924 == len(trunk.powers)
    assert trunk.powers.sum(axis=1).max() == 6


def test_features_are_the_products_their_powers_name() -> None:
    trunk = TensorChebyshev(3, total=3).trunk(Frame(np.zeros(2), np.ones(2), (), 1), 5)
    assert isinstance(trunk, ChebyshevProducts)
    points = np.random.default_rng(7).uniform(-1, 1, (20, 2))
    angle = np.arccos(points)
    wanted = np.prod(np.cos(trunk.powers[None] * angle[:, None, :]), axis=2)
    found = np.asarray(trunk(jnp.asarray(points)))
    # Single precision.
    assert np.abs(found - wanted).max() < 1e-5
