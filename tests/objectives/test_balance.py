"""Weights of the parts of a loss."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision, in_double_precision
from residuum.objectives import Balance, Collocation, weighed, weights_of
from residuum.problem import hard_conditions, scaling

from ._statements import heat


@in_double_precision
def test_weights_multiply_the_factors_and_can_be_read_back() -> None:
    problem, field = heat()
    with double_precision():
        sizes, hard = scaling(problem), hard_conditions(problem, False)
    inside, around = Collocation(50, 20).build(problem, sizes, hard, 7)
    rows = [*inside, *around]
    given = np.linspace(0.5, 4.0, len(rows))
    heavy = [weighed(item, w) for item, w in zip(rows, given, strict=True)]
    # Rows of another number of points: the weight of the part is still seen.
    more = [*Collocation(80, 20).build(problem, sizes, hard, 8)[0], *around]
    found = weights_of(heavy, more)
    assert found is not None and list(found) == pytest.approx(list(given), rel=1e-12)
    for a, b, w in zip(rows, heavy, given, strict=True):
        np.testing.assert_allclose(b.factor, w * jnp.asarray(a.factor), rtol=1e-14)
        np.testing.assert_array_equal(a.points, b.points)
    assert weights_of(None, rows) is None and weights_of(heavy[1:], rows) is None
    assert field is not None


def test_the_protocol_is_abstract() -> None:
    with pytest.raises(TypeError):
        Balance()  # type: ignore[abstract]
