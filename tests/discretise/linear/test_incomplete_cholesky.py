"""Incomplete Cholesky factors: the pattern kept, the product right on it, iterations saved."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum.discretise.linear import IncompleteCholesky, krylov
from residuum.discretise.linear._path import UnfitPath

from ._systems import chance, laplacian, relative, second


def test_a_tridiagonal_matrix_is_factorised_exactly() -> None:
    matrix, wanted = second(50), chance(50)
    # No fill is dropped; condition number 1000.
    assert relative(IncompleteCholesky(matrix)(matrix @ wanted), wanted) < 1e-11


def test_the_product_equals_the_matrix_on_its_pattern() -> None:
    matrix = laplacian(8, 7, 5)
    factor = IncompleteCholesky(matrix).factor
    gap = (factor @ factor.T - matrix).toarray()
    kept = matrix.toarray() != 0
    # The definition of IC(0); rounding of entries of size six.
    assert np.abs(gap[kept]).max() < 1e-14
    assert np.abs(gap[~kept]).max() > 0.01
    assert factor.nnz == sp.tril(matrix).nnz


def test_it_is_symmetric_and_saves_iterations() -> None:
    matrix, x, y = laplacian(40, 40), chance(1600), chance(1600, 12)
    inverse = IncompleteCholesky(matrix)
    assert y @ inverse(x) == pytest.approx(x @ inverse(y), rel=1e-12)
    counts = [krylov(matrix, x, inverse=m).iterations for m in (None, inverse)]
    # Measured: 121 against 41.
    assert counts[1] < 0.4 * counts[0]


def test_a_lost_pivot_is_named() -> None:
    with pytest.raises(UnfitPath, match="row 1"):
        IncompleteCholesky(sp.csr_array(np.array([[1.0, 2.0], [2.0, 1.0]])))
