"""Units taken out of a matrix."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from residuum.discretise.linear._equilibration import BALANCED, equilibration

from ._systems import convection, laplacian


def test_a_balanced_matrix_is_left_alone() -> None:
    matrix = laplacian(6, 5)
    found = equilibration(matrix, symmetric=True)
    assert found.trivial
    assert found.scaled(matrix) is matrix


def test_every_row_and_column_comes_near_one() -> None:
    chance = np.random.default_rng(5)
    rows, columns = 10.0 ** chance.uniform(-9, 9, (2, 121))
    matrix = sp.csr_array(sp.diags_array(rows) @ convection(11, 2.0) @ sp.diags_array(columns))
    found = equilibration(matrix, symmetric=False)
    sizes = abs(found.scaled(matrix)).toarray()
    for peaks in (sizes.max(axis=0), sizes.max(axis=1)):
        assert peaks.max() <= BALANCED * peaks.min()


def test_a_matrix_that_stores_every_entry_gets_the_same_factors() -> None:
    chance = np.random.default_rng(5)
    rows, columns = 10.0 ** chance.uniform(-9, 9, (2, 40))
    whole = rows[:, None] * chance.uniform(1, 2, (40, 40)) * columns
    every = sp.csr_array(whole)
    lacking = every.copy()
    lacking.indices, lacking.data = every.indices[:-1], every.data[:-1]
    lacking.indptr[-1] -= 1
    found, other = (equilibration(m, symmetric=False) for m in (every, sp.csr_array(lacking)))
    assert (found.rows == other.rows).all() and (found.columns == other.columns).all()
    assert (found.scaled(every).toarray() == found.rows[:, None] * whole * found.columns).all()
    assert (every.toarray() == whole).all()


def test_factors_are_powers_of_two_and_keep_symmetry() -> None:
    scale = sp.diags_array(10.0 ** np.random.default_rng(5).uniform(-6, 6, 30))
    matrix = sp.csr_array(scale @ laplacian(6, 5) @ scale)
    found = equilibration(matrix, symmetric=True)
    assert set(np.frexp(found.rows)[0]) == {0.5}
    assert (found.rows == found.columns).all()
    done = found.scaled(matrix)
    assert abs(done - done.T).max() <= 1e-15 * abs(done).max()


def test_empty_rows_and_columns_keep_the_factor_one() -> None:
    matrix = sp.csr_array(np.array([[1e8, 0.0, 2.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1e-8]]))
    found = equilibration(matrix, symmetric=False)
    assert found.rows[1] == found.columns[1] == 1.0
    assert np.isfinite(found.rows).all()
