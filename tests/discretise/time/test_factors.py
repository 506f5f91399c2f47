"""LU factors in pieces agree with the matrix they came from."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.time._factors import factorise, solve


@pytest.mark.parametrize("n", [5, 60, 150, 320])
def test_factors(n: int) -> None:
    draw = np.random.default_rng(n)
    matrix = draw.normal(size=(n, n)) + 1j * draw.normal(size=(n, n))
    right = draw.normal(size=n) + 0j
    found = solve(factorise(matrix.copy()), right)
    assert np.abs(matrix @ found - right).max() < 1e-10
