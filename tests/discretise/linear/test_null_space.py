"""Null spaces: recognised, pinned, taken out."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum._core import OptionError
from residuum.discretise.linear._null_space import NullSpace

from ._systems import chance, laplacian, stokes


def test_compatible_and_orthogonal() -> None:
    matrix = laplacian(6, 5, free=True)
    null = NullSpace(matrix, np.full((30, 1), 3.0))
    right, taken = null.compatible(np.ones(30) + chance(30) * 0)
    assert taken == pytest.approx(1.0)
    assert np.abs(right).max() < 1e-14
    assert abs(null.orthogonal(chance(30)).sum()) < 1e-13


def test_pins_make_the_matrix_regular() -> None:
    matrix, mask = stokes(5)
    null = NullSpace(matrix, mask[:, None].astype(float))
    assert mask[null.pins].all()
    assert np.linalg.cond(matrix.toarray()) > 1e15
    assert np.linalg.cond(null.pinned(matrix).toarray()) < 1e5


def test_a_left_null_space_of_its_own_is_left_open() -> None:
    matrix = sp.csr_array(sp.diags_array(np.linspace(1, 2, 30)) @ laplacian(6, 5, free=True))
    null = NullSpace(matrix, np.ones((30, 1)))
    assert null.left is None
    null.complete(1.0 / np.linspace(1, 2, 30)[:, None])
    right, _ = null.compatible(chance(30))
    assert abs((right / np.linspace(1, 2, 30)).sum()) < 1e-13
    assert null.transposed().left is null.right


def test_wrong_vectors_are_refused() -> None:
    with pytest.raises(OptionError, match="takes to zero"):
        NullSpace(laplacian(6, 5), np.ones((30, 1)))
    with pytest.raises(OptionError, match="independent"):
        NullSpace(laplacian(6, 5, free=True), np.ones((30, 2)))
