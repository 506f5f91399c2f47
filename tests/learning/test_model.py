"""Rows as a function of one vector: Jacobian, products and bend against automatic derivatives."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.fields import MLP
from residuum.learning import flatten, residuals
from residuum.learning._model import Model

from ._settings import burgers, decay, pair, setting


@pytest.mark.parametrize("make", [burgers, pair])
@in_double_precision
def test_row_jacobian_and_bend_equal_automatic_and_finite_differences(make: Any) -> None:
    start, rows = setting(make(), MLP(3, 1), points=5, enforce=False)
    kinds = {(item.normals is not None, item.target is not None, item.groups) for item in rows}
    if make is burgers:
        assert kinds == {(False, False, 0), (True, False, 0), (False, False, 9), (False, True, 0)}
    flat = flatten(start)
    model = Model(tuple(rows), flat.fixed, flat.unravel)
    value, matrix = model.jacobian(flat.vector)

    def plain(vector: Any) -> Any:
        return residuals(flat.restore(vector), rows)

    both = jax.jit(lambda v: (plain(v), jax.jacfwd(plain)(v)))
    true, slopes = both(flat.vector)
    size = float(np.abs(slopes).max())
    # Rounding in another order of summation: measured 4e-16 of the largest entry.
    np.testing.assert_allclose(value, true, rtol=1e-12, atol=1e-13 * size)
    np.testing.assert_allclose(matrix, slopes, rtol=1e-11, atol=1e-13 * size)
    step = np.random.default_rng(107).normal(size=flat.vector.size)
    h = 1e-5
    ahead, behind = (np.asarray(both(flat.vector + sign * h * step)[1]) for sign in (1, -1))
    second = (ahead - behind) @ step / (2 * h)
    # Central differences of the exact Jacobian: h² of the fourth derivative, and 1e-16/h.
    found = model.bend(flat.vector, jnp.asarray(step))
    np.testing.assert_allclose(found, second, rtol=1e-6, atol=1e-7 * np.abs(second).max())
    assert np.abs(second).max() > 0.1


@pytest.mark.parametrize("points", [20, 2500])
@in_double_precision
def test_products_need_no_jacobian(points: int) -> None:
    start, rows = setting(decay(), MLP(3, 1), points=points)
    flat = flatten(start)
    model = Model(tuple(rows), flat.fixed, flat.unravel)
    value, matrix = (np.asarray(part) for part in model.jacobian(flat.vector))
    direction = np.random.default_rng(109).normal(size=flat.vector.size)
    loss, slope = model.slope(flat.vector)
    # Sums in another order, in chunks beyond 2,000 points: rounding alone, measured 3e-15.
    assert float(loss) == pytest.approx(0.5 * value @ value, rel=1e-12)
    size = np.abs(matrix.T @ value).max()
    np.testing.assert_allclose(slope, matrix.T @ value, rtol=1e-10, atol=1e-12 * size)
    wanted = matrix.T @ (matrix @ direction)
    found = model.gram(flat.vector, jnp.asarray(direction))
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12 * np.abs(wanted).max())
