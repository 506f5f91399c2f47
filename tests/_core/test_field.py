"""The protocol of fields."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import Field, Index, Jet, LinearField, closure
from residuum._core import _jet as jets


class Product(Field):
    """x·y."""

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        start = jets.coordinates(points, indices)
        return start[:, :1] * start[:, 1:]


def test_the_value_is_the_first_part_of_the_jet() -> None:
    points = jnp.asarray([[2.0, 3.0], [4.0, -1.0], [0.5, 0.5]])
    np.testing.assert_array_equal(Product()(points), [[6.0], [-4.0], [0.25]])
    jet = Product().jet(points, [(1, 1)])
    assert jet.indices == closure([(1, 1)])
    np.testing.assert_array_equal(jet.derivative((1, 0))[:, 0], points[:, 1])
    np.testing.assert_array_equal(jet.derivative((1, 1))[:, 0], [1.0, 1.0, 1.0])


@pytest.mark.parametrize("kind", [Field, LinearField])
def test_protocols_are_abstract(kind: type[Field]) -> None:
    with pytest.raises(TypeError, match="abstract"):
        kind()
