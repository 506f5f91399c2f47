"""Solutions do not depend on units and numbering; bad matrices are named."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from residuum._core import OptionError, Result
from residuum.discretise.linear import Structure, prepare

from ._systems import chance, convection, laplacian, relative, stokes

SEEDS = st.integers(2, 10**6)
LARGEST = st.sampled_from([0, 10**6])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=SEEDS, span=st.integers(0, 12))
def test_units_of_rows_and_columns_do_not_matter(seed: int, span: int) -> None:
    dice = np.random.default_rng(seed)
    rows, columns = 10.0 ** dice.integers(-span, span + 1, (2, 225))
    matrix, wanted = convection(15, 2.0), dice.uniform(1, 2, 225)
    scaled = sp.csr_array(sp.diags_array(rows) @ matrix @ sp.diags_array(columns))
    solver = prepare(scaled)
    found = solver.solve(rows * (matrix @ wanted))
    assert found.result is Result.SUCCESSFUL
    assert relative(found.values * columns, wanted) < 1e-8
    turned = solver.solve_transposed(columns * (matrix.T @ wanted))
    assert relative(turned.values * rows, wanted) < 1e-8


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=SEEDS, power=st.integers(-30, 30), largest=LARGEST)
def test_the_unit_of_a_definite_matrix_does_not_matter(seed: int, power: int, largest: int) -> None:
    matrix, wanted = laplacian(15, 15), np.random.default_rng(seed).uniform(1, 2, 225)
    scaled = sp.csr_array(10.0**power * matrix)
    found = prepare(scaled, Structure(definite=True), largest_direct=largest).solve(scaled @ wanted)
    assert found.result is Result.SUCCESSFUL
    assert relative(found.values, wanted) < 1e-8


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=SEEDS, largest=LARGEST, kind=st.sampled_from(["definite", "saddle", "plain"]))
def test_numbering_does_not_matter(seed: int, largest: int, kind: str) -> None:
    if kind == "saddle":
        matrix, mask = stokes(9)
        null = mask[:, None].astype(float)
    else:
        matrix = laplacian(14, 15) if kind == "definite" else convection(14, 2.0)
    n = matrix.shape[0]
    right, order = matrix @ chance(n), np.random.default_rng(seed).permutation(n)
    found = []
    for way in (np.arange(n), order):
        known = Structure(definite=kind == "definite")
        if kind == "saddle":
            known = Structure(symmetric=True, saddle=mask[way], null=null[way])
        turned = sp.csr_array(matrix[way][:, way])
        linear = prepare(turned, known, tol=1e-12, largest_direct=largest).solve(right[way])
        values = np.empty(n)
        values[way] = linear.values
        found.append(values)
    assert relative(found[1], found[0]) < 1e-8


def test_the_answer_repeats_whatever_the_global_seed() -> None:
    matrix, right = laplacian(60, 60), chance(3600)
    found = []
    for seed in (77, 78):
        np.random.seed(seed)
        solver = prepare(matrix, Structure(definite=True, near_null=np.ones((3600, 1))))
        np.random.seed(seed + 5)
        found.append(solver.solve(right).values)
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_matrix_that_is_not_finite(bad: float) -> None:
    matrix = laplacian(5, 5)
    matrix.data[3] = bad
    found = prepare(matrix, Structure(definite=True)).solve(np.ones(25))
    assert found.result is Result.NOT_FINITE
    assert np.isfinite(found.values).all()
    assert found.path == "none"


def test_an_empty_row_is_named() -> None:
    matrix = laplacian(5, 5).tolil()
    matrix[17] = 0.0
    found = prepare(matrix.tocsr()).solve(np.ones(25))
    assert found.result is Result.STAGNATED
    assert "row 17 is empty" in found.reason


def test_an_empty_system() -> None:
    found = prepare(sp.csr_array((0, 0))).solve(np.zeros(0))
    assert found.result is Result.SUCCESSFUL
    assert found.values.shape == (0,)


def test_one_unknown() -> None:
    assert prepare(sp.csr_array([[4.0]])).solve(np.array([2.0])).values[0] == 0.5


def test_wrong_matrices_are_refused() -> None:
    with pytest.raises(OptionError, match="square"):
        prepare(sp.csr_array((3, 4)))
    with pytest.raises(OptionError, match="sparse"):
        prepare(np.eye(3))
    with pytest.raises(OptionError, match="real"):
        prepare(sp.csr_array([[1j]]))
    with pytest.raises(OptionError, match="tolerance"):
        prepare(laplacian(3, 3), tol=0.0)
    with pytest.raises(OptionError, match="null with 9 rows"):
        prepare(laplacian(3, 3), Structure(null=np.ones((4, 1))))


def test_the_matrix_is_not_changed() -> None:
    matrix = sp.csr_matrix(sp.diags_array(np.r_[1e9, np.ones(24)]) @ laplacian(5, 5))
    before = matrix.copy()
    for known in (Structure(), Structure(definite=True)):
        prepare(matrix, known).solve(np.ones(25))
    assert (matrix != before).nnz == 0


def test_other_formats() -> None:
    for kind in (sp.csc_array, sp.coo_array, sp.csr_matrix, sp.bsr_array):
        assert prepare(kind(laplacian(5, 5))).solve(np.ones(25)).result is Result.SUCCESSFUL
    doubled = sp.coo_array(([1.0, 1.0, 3.0], ([0, 0, 1], [0, 0, 1])), shape=(2, 2))
    np.testing.assert_allclose(prepare(doubled).solve(np.ones(2)).values, [0.5, 1 / 3])
