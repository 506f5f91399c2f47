"""Projections of the equations of elements."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from residuum.discretise.elements import Projection

RANDOM = np.random.default_rng(5)
BASES = [RANDOM.normal(size=(7, 3)), RANDOM.normal(size=(4, 2))]


def whole() -> np.ndarray:
    found = np.zeros((11, 5))
    found[:7, :3], found[7:, 3:] = BASES
    return found


def test_every_unknown_has_functions_of_its_own() -> None:
    projection = Projection(BASES)
    matrix = sp.random_array((11, 11), density=0.5, rng=RANDOM)
    basis = whole()
    assert np.allclose(projection.matrix(matrix), basis.T @ matrix.toarray() @ basis)
    rows, coefficients = RANDOM.normal(size=11), RANDOM.normal(size=5)
    assert np.allclose(projection.tested(rows), basis.T @ rows)
    assert np.allclose(projection.expand(coefficients), basis @ coefficients)
    assert projection.groups.tolist() == [0, 0, 0, 1, 1]
