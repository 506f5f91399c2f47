"""Right sides of every kind; failed paths left behind; nothing but finite numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum._core import OptionError, Result
from residuum.discretise.linear import ApproximateInverse, Structure, prepare

from ._systems import chance, convection, laplacian, relative

DEFINITE = Structure(definite=True)


@pytest.mark.parametrize("largest", [0, 10**6])
def test_several_right_sides(largest: int) -> None:
    matrix = laplacian(20, 20)
    wanted = np.stack([chance(400, seed) for seed in (11, 12, 13)], axis=1)
    found = prepare(matrix, DEFINITE, largest_direct=largest).solve(matrix @ wanted)
    assert found.values.shape == (400, 3)
    assert relative(found.values, wanted) < 1e-8
    none = prepare(matrix, DEFINITE, largest_direct=largest).solve(np.zeros((400, 0)))
    assert none.values.shape == (400, 0)


@pytest.mark.parametrize("largest", [0, 10**6])
def test_transposed(largest: int) -> None:
    matrix, wanted = convection(20, 3.0), chance(400)
    solver = prepare(matrix, largest_direct=largest)
    assert relative(solver.solve_transposed(matrix.T @ wanted).values, wanted) < 1e-8
    assert relative(solver.solve(matrix @ wanted).values, wanted) < 1e-8


def test_a_right_side_of_zeros() -> None:
    for largest in (0, 10**6):
        solver = prepare(laplacian(9, 9), DEFINITE, largest_direct=largest)
        found = solver.solve(np.zeros(81), np.ones(81))
        assert found.result is Result.SUCCESSFUL
        assert not found.values.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_right_side_that_is_not_finite(bad: float) -> None:
    right = np.ones(81)
    right[7] = bad
    found = prepare(laplacian(9, 9), DEFINITE).solve(right)
    assert found.result is Result.NOT_FINITE
    assert np.isfinite(found.values).all()
    assert "right side" in found.reason


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_right_sides_at_the_ends_of_the_range(size: float) -> None:
    matrix, wanted = laplacian(9, 9), np.ones(81)
    for largest in (0, 10**6):
        solver = prepare(matrix, DEFINITE, largest_direct=largest)
        found = solver.solve((matrix @ wanted) * size)
        assert found.result is Result.SUCCESSFUL
        assert relative(found.values / size, wanted) < 1e-8


def test_a_start_that_is_not_finite_is_left_out() -> None:
    solver = prepare(laplacian(9, 9), DEFINITE, largest_direct=0)
    assert solver.solve(np.ones(81), np.full(81, np.nan)).result is Result.SUCCESSFUL


def test_shapes_are_checked() -> None:
    solver = prepare(laplacian(9, 9), DEFINITE)
    with pytest.raises(OptionError, match="81 rows"):
        solver.solve(np.ones(80))
    with pytest.raises(OptionError, match="start"):
        solver.solve(np.ones(81), np.ones(80))


def test_an_indefinite_matrix_passed_as_definite_takes_another_path() -> None:
    matrix = sp.csr_array(laplacian(30, 30) - 0.3 * sp.eye_array(900))
    solver, wanted = prepare(matrix, DEFINITE, largest_direct=0), chance(900)
    found = solver.solve(matrix @ wanted)
    assert found.result is Result.SUCCESSFUL
    assert relative(found.values, wanted) < 1e-8
    assert "after classical AMG + CG" in found.path
    # The failed path is not tried again.
    assert solver.solve(matrix @ wanted).iterations == 0


def test_a_poor_preconditioner_is_left_behind() -> None:
    matrix, wanted = laplacian(30, 30), chance(900)
    kinds: list[ApproximateInverse] = [
        lambda residual: np.sin(residual),
        lambda residual: np.full_like(residual, np.nan),
        lambda residual: -residual,
        lambda residual: 0 * residual,
    ]
    for poor in kinds:
        found = prepare(matrix, DEFINITE, preconditioner=poor).solve(matrix @ wanted)
        assert found.result is Result.SUCCESSFUL
        assert relative(found.values, wanted) < 1e-8


def test_a_transpose_that_fails_leaves_the_matrix_its_path() -> None:
    matrix, wanted = convection(20, 3.0), chance(400)
    solver = prepare(matrix, preconditioner=lambda residual: residual / 10.0)
    assert solver.solve_transposed(matrix.T @ wanted).path.startswith("direct")
    assert solver.path == "given preconditioner + GMRES"
    assert solver.solve(matrix @ wanted).path == solver.path


def test_factors_that_do_not_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr("residuum.discretise.linear._choice.Direct", full)
    found = prepare(laplacian(9, 9), DEFINITE).solve(np.ones(81))
    assert found.result is Result.OUT_OF_MEMORY
    assert found.path == "none after direct (SuperLU)"
    assert np.isfinite(found.values).all()


def test_a_singular_matrix_is_never_a_success() -> None:
    right = chance(400)
    for matrix in (laplacian(20, 20, free=True), sp.csr_array((400, 400))):
        for known in (Structure(), DEFINITE, Structure(symmetric=True)):
            for largest in (0, 10**6):
                solver = prepare(matrix, known, largest_direct=largest)
                for side in (right, right - right.mean()):
                    found = solver.solve(side)
                    assert found.result is Result.STAGNATED, (known, largest)
                    assert "singular" in found.reason or found.residual > 1e-10
                    assert np.isfinite(found.values).all()
                assert not solver.solve_transposed(right).result.ok


def test_the_incompatible_part_is_reported() -> None:
    matrix = laplacian(20, 20, free=True)
    right = matrix @ chance(400)
    share = 0.6 * np.linalg.norm(right) / 20 / 0.8
    known = Structure(definite=True, null=np.ones((400, 1)))
    for largest in (0, 10**6):
        found = prepare(matrix, known, largest_direct=largest).solve(right + share)
        assert found.incompatibility == pytest.approx(0.6)
        assert found.result is Result.SUCCESSFUL
        assert abs(found.values.mean()) < 1e-13
        outside = prepare(matrix, known, largest_direct=largest).solve(np.ones(400))
        assert outside.result is Result.STAGNATED
        assert "range" in outside.reason
