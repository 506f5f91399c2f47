"""φ functions of matrices: against numbers, defective matrices, large norms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from residuum.discretise.time._phi import doublings, phi


def of(matrix: np.ndarray) -> list[np.ndarray]:
    times = doublings(matrix)
    return phi(matrix, times, deepest=int(times.max()))


@pytest.mark.parametrize("z", [0.0, 0.3, -2.0, 40j, -1e4, 1 + 3j])
def test_against_numbers(z: complex) -> None:
    wanted = [np.exp(z)]
    for k in range(1, 4):
        last = 1 / math.factorial(k - 1)
        wanted.append((wanted[-1] - last) / z if z else 1 / math.factorial(k))
    found = of(np.full((1, 1, 1), z, complex))
    for a, b in zip(found, wanted, strict=True):
        # The recurrence of the reference cancels near zero; doubling loses a digit at 40i.
        assert a[0, 0, 0] == pytest.approx(b, abs=1e-12)


def test_defective_matrix() -> None:
    block = np.array([[[0.0, 1.0], [0.0, 0.0]]])
    found = of(block)
    for k in range(4):
        # φ_k(N) = 1/k! + N/(k+1)! as N² = 0.
        expected = np.eye(2) / math.factorial(k) + block[0] / math.factorial(k + 1)
        assert np.abs(found[k][0] - expected).max() < 1e-15


def test_every_block_has_its_own_number_of_doublings() -> None:
    blocks = np.array([[[1e-3]], [[1e6]]])
    assert doublings(blocks).tolist() == [0, 21]
