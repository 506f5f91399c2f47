from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError, in_double_precision
from residuum.blocks import Newton, Relaxation
from residuum.blocks._root import solved


@in_double_precision
def test_both_searches_find_a_known_zero() -> None:
    def function(u: Array) -> Array:
        return jnp.cos(u) - u

    for finder in (Newton(1e-12), Relaxation(1e-12)):
        root = finder.find(function, jnp.zeros(2))
        # 0.7390851332151607 is the fixed point of the cosine.
        assert np.allclose(root.value, 0.7390851332151607, rtol=0, atol=1e-11) and root.sound


@in_double_precision
def test_newton_halves_steps_that_overshoot() -> None:
    # Undamped steps of arctan diverge from any start beyond 1.39.
    root = Newton(1e-12).find(jnp.arctan, jnp.array([3.0]))
    assert root.sound and abs(float(root.value[0])) < 1e-11


@in_double_precision
def test_a_complex_zero_is_found() -> None:
    root = Newton(1e-12).find(lambda u: u**2 + 1.0, jnp.array([0.3 + 0.8j]))
    assert np.allclose(root.value, 1j, atol=1e-11) and root.sound


def test_no_zero_is_reported_and_nothing_infinite_leaves() -> None:
    none = Newton(most=20).find(lambda u: u**2 + 1.0, jnp.array([2.0]))
    away = Relaxation(most=500).find(lambda u: u**3 + u, jnp.array([2.0]))
    assert not none.sound and not away.sound
    assert np.isfinite(none.value).all() and np.isfinite(away.value).all()


@in_double_precision
def test_three_products_tell_a_tridiagonal_matrix() -> None:
    draw = np.random.default_rng(17).normal
    matrix = np.diag(4 + draw(size=8)) + np.diag(draw(size=7), 1) + np.diag(draw(size=7), -1)
    right = draw(size=8)
    wanted = np.linalg.solve(matrix, right)
    for banded in (True, False):
        mine = solved(lambda v: jnp.asarray(matrix) @ v, jnp.asarray(right), banded=banded)
        assert np.allclose(mine, wanted, rtol=1e-12)


def test_options_out_of_range_are_refused() -> None:
    for make in (lambda: Newton(0.0), lambda: Relaxation(most=0)):
        with pytest.raises(OptionError):
            make()
    assert jax.tree.leaves(Newton()) == [1e-6, 60]
