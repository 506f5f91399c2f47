"""Ritz pairs: orthonormal, inside the spectrum, exact when the space is exhausted."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.linear import ritz_pairs

from ._systems import laplacian

MATRIX = laplacian(13, 11)
EXACT = np.linalg.eigvalsh(MATRIX.toarray())


def test_all_steps_give_the_eigenvalues() -> None:
    values, vectors = ritz_pairs(MATRIX, 143, key=7)
    # The grid has no double eigenvalues: sides of different length.
    np.testing.assert_allclose(values, EXACT, rtol=1e-10)
    np.testing.assert_allclose(MATRIX @ vectors, vectors * values, atol=1e-9)


def test_few_steps_give_orthonormal_vectors_and_interlacing_values() -> None:
    values, vectors = ritz_pairs(MATRIX, 40, key=7)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(40), atol=1e-12)
    quotients = np.einsum("ni,ni->i", vectors, MATRIX @ vectors)
    np.testing.assert_allclose(quotients, values, rtol=1e-10)
    assert (values >= EXACT[:40] * (1 - 1e-12)).all()
    # The ends of the spectrum come first: measured 3e-5.
    assert values[0] == pytest.approx(EXACT[0], rel=1e-3)


def test_an_exhausted_space_ends_early() -> None:
    values, _ = ritz_pairs(np.diag([1.0, 1.0, 1.0, 4.0, 4.0]), 5, key=7)
    np.testing.assert_allclose(values, [1.0, 4.0], rtol=1e-12)


def test_zero_values_are_dropped() -> None:
    values, vectors = ritz_pairs(laplacian(5, 4, free=True), 20, key=7)
    assert values.min() > 0.1 and vectors.shape == (20, len(values))


def test_it_repeats() -> None:
    one, other = (ritz_pairs(MATRIX, 10, key=9)[1] for _ in range(2))
    np.testing.assert_array_equal(one, other)
    with pytest.raises(OptionError, match="1 to 143"):
        ritz_pairs(MATRIX, 144, key=7)
