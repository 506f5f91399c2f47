"""Sparse matrices as gathers and sums: equal to SciPy's, and differentiable."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp

from residuum.operators import sparse_map


def test_it_is_the_matrix_and_its_gradient_the_transpose() -> None:
    matrix = sp.random(7, 5, 0.4, random_state=3, format="csr")
    chance = np.random.default_rng(5)
    x, weight = chance.standard_normal((5, 2, 3)), chance.standard_normal((7, 2, 3))
    found = sparse_map(matrix)
    wanted = np.einsum("ij,jnc->inc", matrix.toarray(), x)
    # Seven products of float32 numbers of size one.
    np.testing.assert_allclose(found(jnp.asarray(x, jnp.float32)), wanted, atol=2e-6)
    slope = jax.grad(lambda y: (found(y) * weight).sum())(jnp.asarray(x, jnp.float32))
    wanted = np.einsum("ij,inc->jnc", matrix.toarray(), weight)
    np.testing.assert_allclose(slope, wanted, atol=2e-6)
