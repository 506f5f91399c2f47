"""LU factors: order, shift, condition, singular matrices."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum.discretise.linear._factors import Factors
from residuum.discretise.linear._path import SingularMatrix

from ._systems import chance, convection, laplacian, relative, stokes


def test_symmetric_patterns_fill_less() -> None:
    matrix = laplacian(30, 30).tocsc()
    along, across = Factors(matrix, pattern=True), Factors(matrix, pattern=False)
    assert along.name == "SuperLU, MMD_AT_PLUS_A"
    assert along.lu.nnz < across.lu.nnz


def test_multipliers_are_shifted_and_refinement_mends_it() -> None:
    matrix, _ = stokes(8)
    matrix = sp.csc_array(matrix[:-1][:, :-1])
    factors, wanted = Factors(matrix, pattern=True), chance(matrix.shape[0])
    assert factors.name == "SuperLU, MMD_AT_PLUS_A"
    right = matrix @ wanted
    found = factors(right)
    for _ in range(3):
        found = found + factors(right - matrix @ found)
    assert relative(found, wanted) < 1e-10


def test_the_estimate_is_below_the_condition_and_not_far() -> None:
    for matrix in (laplacian(9, 8), convection(9, 30.0), laplacian(4, 4) - 1.2 * np.eye(16)):
        factors = Factors(sp.csc_array(matrix), pattern=True)
        true = np.linalg.cond(np.asarray(sp.csr_array(matrix).todense()), 1)
        assert factors.condition <= 1.001 * true
        # The probe alone is enough for a harmless matrix; below SUSPECT nothing closer is done.
        assert factors.condition >= 1e-3 * true


def test_a_nearly_singular_matrix_is_estimated_closely() -> None:
    values = np.r_[1e-11, np.linspace(1, 2, 49)]
    basis = np.linalg.qr(np.random.default_rng(5).standard_normal((50, 50)))[0]
    matrix = sp.csc_array((basis * values) @ basis.T)
    true = np.linalg.cond(matrix.toarray(), 1)
    assert 0.1 * true < Factors(matrix, pattern=True).condition < 1.1 * true


@pytest.mark.parametrize("pattern", [True, False])
def test_singular_matrices_are_named(pattern: bool) -> None:
    local = sp.block_diag([laplacian(6, 6), np.array([[1.0, 1.0], [1.0, 1.0]])])
    whole, _ = stokes(6)
    for matrix in (laplacian(9, 8, free=True), local, whole, sp.csc_array(np.zeros((3, 3)))):
        with pytest.raises(SingularMatrix, match="singular"), np.errstate(all="ignore"):
            Factors(sp.csc_array(matrix), pattern=pattern)
