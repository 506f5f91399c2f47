"""The simplest approximate inverses."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum.discretise.linear import Identity, Jacobi, krylov
from residuum.discretise.linear._path import UnfitPath

from ._systems import chance, laplacian


def test_values() -> None:
    right = chance(6)
    np.testing.assert_array_equal(Identity()(right), right)
    assert Identity()(right) is not right
    matrix = sp.diags_array(np.arange(1.0, 7.0), format="csr")
    np.testing.assert_array_equal(Jacobi(matrix)(right), right / np.arange(1.0, 7.0))


def test_jacobi_undoes_bad_units() -> None:
    scale = sp.diags_array(10.0 ** np.random.default_rng(5).uniform(-3, 3, 100))
    matrix = sp.csr_array(scale @ laplacian(10, 10) @ scale)
    right = matrix @ chance(100)
    counts = [krylov(matrix, right, inverse=m).iterations for m in (Identity(), Jacobi(matrix))]
    # Units of six orders: without the diagonal the limit of 1000 is reached.
    assert counts[1] < 100 < counts[0]


def test_a_zero_on_the_diagonal_is_named() -> None:
    with pytest.raises(UnfitPath, match="without zeros"):
        Jacobi(sp.csr_array(np.array([[0.0, 1.0], [1.0, 1.0]])))
