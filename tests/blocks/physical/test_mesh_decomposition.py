"""Phases of a mesh from a matrix."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core import DataError, in_double_precision
from residuum.blocks._abstract import is_trained
from residuum.blocks.physical import MeshOrder, random_mesh, random_unitary, unitary_mesh

SPECIAL = {
    "identity": np.eye(4),
    "swaps": np.eye(4)[[1, 0, 3, 2]],
    "reversed": np.eye(4)[[3, 2, 1, 0]],
    "phases": np.diag(np.exp([0.3j, -1j, 2j, 3j])),
    "blocks": np.kron(np.eye(2), np.array([[0, 1j], [1, 0]])),
    "fourier": np.fft.fft(np.eye(4)) / 2,
}


@pytest.mark.parametrize("order", list(MeshOrder))
@pytest.mark.parametrize("ports", [2, 3, 7, 8])
@in_double_precision
def test_random_unitary_matrices_are_made_exactly(ports: int, order: MeshOrder) -> None:
    matrix = random_unitary(ports, 11)
    np.testing.assert_allclose(unitary_mesh(matrix, order).matrix(), matrix, atol=1e-14 * ports)


@pytest.mark.parametrize("order", list(MeshOrder))
@pytest.mark.parametrize("name", SPECIAL)
@in_double_precision
def test_matrices_with_zeros_are_made_exactly(name: str, order: MeshOrder) -> None:
    found = unitary_mesh(SPECIAL[name], order).matrix()
    np.testing.assert_allclose(found, SPECIAL[name], atol=1e-14)


def test_phases_are_trained_or_not() -> None:
    matrix = random_unitary(3, 11)
    assert all(map(is_trained, jax.tree.leaves(unitary_mesh(matrix))))
    assert not any(map(is_trained, jax.tree.leaves(unitary_mesh(matrix, trained=False))))
    np.testing.assert_allclose(random_mesh(3, key=11).matrix(), matrix, atol=1e-6)


@pytest.mark.parametrize(
    "matrix", [2 * np.eye(3), np.ones((2, 3)), np.eye(1), np.full((2, 2), np.nan)]
)
def test_what_is_not_unitary_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(DataError):
        unitary_mesh(matrix)
