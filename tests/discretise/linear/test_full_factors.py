"""Factors of matrices that are hardly sparse."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum.discretise.linear import prepare
from residuum.discretise.linear._full_factors import FullFactors, full
from residuum.discretise.linear._path import SingularMatrix

from ._systems import chance, laplacian, relative

RANDOM = np.random.default_rng(3)
MATRIX = RANDOM.standard_normal((200, 200))


def test_both_sides_are_solved() -> None:
    factors, wanted = FullFactors(sp.csc_array(MATRIX)), chance(200)
    assert relative(factors(MATRIX @ wanted), wanted) < 1e-11
    assert relative(factors(MATRIX.T @ wanted, "T"), wanted) < 1e-11


def test_the_condition_is_estimated() -> None:
    true = np.linalg.cond(MATRIX, 1)
    assert 0.1 * true < FullFactors(sp.csc_array(MATRIX)).condition < 1.1 * true


def test_singular_matrices_are_named() -> None:
    for matrix in (np.ones((80, 80)), MATRIX @ np.diag(np.r_[0.0, np.ones(199)])):
        with pytest.raises(SingularMatrix, match="singular"):
            FullFactors(sp.csc_array(matrix))


def test_meshes_and_small_matrices_stay_sparse() -> None:
    assert full(sp.csr_array(MATRIX))
    assert not full(laplacian(20, 20))
    assert not full(sp.csr_array(np.ones((9, 9))))


def test_full_matrices_are_solved_directly_in_any_unit() -> None:
    units = 10.0 ** RANDOM.integers(-6, 7, 200)
    solver = prepare(sp.csr_array(units[:, None] * MATRIX), largest_direct=10)
    wanted = chance(200)
    found = solver.solve(units * (MATRIX @ wanted))
    assert found.result.ok
    assert "LAPACK" in found.path
    assert relative(found.values, wanted) < 1e-10
