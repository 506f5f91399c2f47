"""Products of the features of two blocks."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import ChebyshevProducts, GaussianBumps, Product

from ._apply import apply

POINTS = np.random.default_rng(23).uniform(-1, 1, (5, 2))


@in_double_precision
def test_features_are_all_products() -> None:
    first = ChebyshevProducts((2,))
    second = GaussianBumps(np.array([[-0.5], [0.5]]), np.array([[0.4]]))
    found = apply(Product(first, second), POINTS)
    left, right = apply(first, POINTS[:, :1]), apply(second, POINTS[:, 1:])
    expected = np.einsum("ni,nj->nij", left, right).reshape(5, -1)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_blocks_are_wanted() -> None:
    with pytest.raises(OptionError, match="two blocks"):
        Product(ChebyshevProducts((2,)), 3)  # type: ignore[arg-type]
