"""Deflation: exact on its vectors, symmetric, the slow part of the spectrum gone."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.linear import Deflation, Identity, Jacobi, krylov, ritz_pairs
from residuum.discretise.linear._path import UnfitPath

from ._systems import chance, laplacian

MATRIX = laplacian(20, 17)


def test_exact_on_its_vectors() -> None:
    _, vectors = ritz_pairs(MATRIX, 30, key=7)
    inverse = Deflation(MATRIX, vectors[:, :5], Jacobi(MATRIX))
    slow = vectors[:, :5] @ chance(5)
    # Rounding times the condition number 170.
    np.testing.assert_allclose(inverse(MATRIX @ slow), slow, atol=1e-12)


def test_it_is_symmetric_and_definite() -> None:
    inverse = Deflation(MATRIX, np.random.default_rng(3).standard_normal((340, 6)), Identity())
    table = np.stack([inverse(row) for row in np.eye(340)])
    np.testing.assert_allclose(table, table.T, atol=1e-12)
    assert np.linalg.eigvalsh(table).min() > 0


def test_slow_vectors_taken_out_save_iterations() -> None:
    _, vectors = np.linalg.eigh(MATRIX.toarray())
    right = chance(340)
    plain = krylov(MATRIX, right).iterations
    deflated = krylov(MATRIX, right, inverse=Deflation(MATRIX, vectors[:, :12], Identity()))
    # Measured: 34 against 69. The bound by the root of the condition number is 0.31; plain
    # conjugate gradients find the slow vectors by themselves and beat their own bound.
    assert deflated.iterations < 0.6 * plain
    assert deflated.result.ok


def test_an_indefinite_matrix_is_named() -> None:
    with pytest.raises(UnfitPath, match="definite"):
        Deflation(-MATRIX, np.ones((340, 1)), Identity())
