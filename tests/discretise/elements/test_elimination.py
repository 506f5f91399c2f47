"""What is left after rates are put in has the same solution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from residuum.discretise.elements._elimination import ComplexFactors, Eliminated, linked

N = 40


def waves(shift: Any) -> Any:
    """Return the matrix of a wave: links du·s - dv, and K du + s M dv."""
    stiff = sp.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(N, N))
    mass = sp.diags_array([1 / 6, 2 / 3, 1 / 6], offsets=[-1, 0, 1], shape=(N, N))
    one = sp.eye_array(N)
    return sp.block_array([[shift * one, -one], [stiff, shift * mass]]).tocsr()


@pytest.mark.parametrize("shift", [3.0, 2.0 + 1.5j], ids=["real", "complex"])
def test_the_solution_is_that_of_the_whole(shift: Any) -> None:
    matrix, own, rates = waves(shift), np.arange(N), np.arange(N, 2 * N)
    assert linked(matrix, own, rates)
    sizes = []

    def solver(left: Any, kept: np.ndarray) -> Any:
        sizes.append(left.shape[0])
        np.testing.assert_array_equal(kept, rates)
        return ComplexFactors(left.astype(complex))

    right = np.random.default_rng(31).normal(size=2 * N) * (1 + 0j)
    found = Eliminated(matrix, own, rates, solver=solver).solve(right)
    np.testing.assert_allclose(matrix @ found, right, atol=1e-12)
    assert sizes == [N]


def test_other_rows_are_no_links() -> None:
    own, rates = np.arange(N), np.arange(N, 2 * N)
    assert not linked(waves(0.0), own, rates)
    assert not linked(waves(1.0), rates, own)
