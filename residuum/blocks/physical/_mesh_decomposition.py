"""Phases of a mesh from a matrix: entries are nulled one after another."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import DataError, Key, generator
from residuum.blocks.physical._interferometers import MachZehnderMesh, MeshOrder

TOLERANCE = 1e-4
"""How far U U* may be from the identity: single precision with room."""

Angles = tuple[float, float]


def unitary_mesh(
    matrix: np.ndarray, order: MeshOrder = MeshOrder.RECTANGULAR, *, trained: bool = True
) -> MachZehnderMesh:
    """Return the mesh whose map is a unitary matrix.

    Args:
        matrix: U, (ports, ports).
        order: of the interferometers.
        trained: whether the phases are trained.

    Raises:
        DataError: where the matrix is not unitary.

    Source: M. Reck et al., Phys. Rev. Lett. 73 (1994), triangular; W. R. Clements et al., Optica 3
    (2016), rectangular.
    """
    matrix = np.asarray(matrix, complex)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise DataError("a square matrix of two ports or more", str(matrix.shape), "Pad it.")
    far = float(np.abs(matrix @ matrix.conj().T - np.eye(len(matrix))).max())
    if not far <= TOLERANCE:
        raise DataError("a unitary matrix", f"U U* off by {far:.2g}", "Use optical_matrix.")
    if order is MeshOrder.TRIANGULAR:
        angles, out = _triangular(matrix)
    else:
        angles, out = _rectangular(matrix)
    theta, phi = np.array(angles).reshape(-1, 2).T
    kind = jnp.asarray if trained else np.asarray
    real = jnp.zeros(()).dtype
    phases = [kind(np.asarray(part, real)) for part in (theta, phi, np.angle(out))]
    return MachZehnderMesh(phases[0], phases[1], phases[2], order)


def random_mesh(
    ports: int, *, key: Key, order: MeshOrder = MeshOrder.RECTANGULAR
) -> MachZehnderMesh:
    """Return a trained mesh whose map is drawn evenly from all unitary ones."""
    return unitary_mesh(random_unitary(ports, key), order)


def random_unitary(ports: int, key: Key) -> np.ndarray:
    """Return a matrix drawn evenly from all unitary ones.

    Source: F. Mezzadri, Notices Amer. Math. Soc. 54 (2007).
    """
    random = generator(key)
    normal = random.normal(size=(2, ports, ports))
    q, r = np.linalg.qr(normal[0] + 1j * normal[1])
    diagonal = np.diag(r)
    return np.asarray(q * (diagonal / np.abs(diagonal)))


def _cell(theta: float, phi: float) -> np.ndarray:
    sine, cosine, turn = np.sin(theta / 2), np.cos(theta / 2), np.exp(1j * phi)
    cell: np.ndarray = (
        1j * np.exp(0.5j * theta) * np.array([[turn * sine, cosine], [turn * cosine, -sine]])
    )
    return cell


def _null_right(rest: np.ndarray, row: int, top: int) -> Angles:
    """Null rest[row, top] by an inverse interferometer on columns top and top + 1."""
    left, right = rest[row, top], rest[row, top + 1]
    theta = 2 * float(np.arctan2(abs(right), abs(left)))
    phi = float(np.angle(left) - np.angle(-right))
    rest[:, top : top + 2] = rest[:, top : top + 2] @ _cell(theta, phi).conj().T
    return theta, phi


def _null_left(rest: np.ndarray, top: int, column: int) -> Angles:
    """Null rest[top + 1, column] by an interferometer on rows top and top + 1."""
    upper, lower = rest[top, column], rest[top + 1, column]
    theta = 2 * float(np.arctan2(abs(upper), abs(lower)))
    phi = float(np.angle(lower) - np.angle(upper))
    rest[top : top + 2] = _cell(theta, phi) @ rest[top : top + 2]
    return theta, phi


def _triangular(matrix: np.ndarray) -> tuple[list[Angles], np.ndarray]:
    rest, ports = matrix.copy(), len(matrix)
    angles = [_null_right(rest, row, top) for row in range(ports - 1, 0, -1) for top in range(row)]
    return angles, np.diag(rest)


def _rectangular(matrix: np.ndarray) -> tuple[list[Angles], np.ndarray]:
    """Null from both sides in turn; what came from the left is pushed through the diagonal."""
    rest, ports = matrix.copy(), len(matrix)
    before: list[Angles] = []
    after: list[tuple[int, Angles]] = []
    for i in range(1, ports):
        if i % 2:
            before += [_null_right(rest, ports - 1 - j, i - 1 - j) for j in range(i)]
        else:
            for j in range(1, i + 1):
                top = ports + j - i - 2
                after.append((top, _null_left(rest, top, j - 1)))
    diagonal = np.diag(rest).copy()
    for top, angles in reversed(after):
        block = _cell(*angles).conj().T @ np.diag(diagonal[top : top + 2])
        theta = 2 * float(np.arctan2(abs(block[0, 0]), abs(block[0, 1])))
        phi = float(np.angle(block[0, 0]) - np.angle(block[0, 1]))
        if abs(block[0, 0]) < 1e-12 or abs(block[0, 1]) < 1e-12:
            # One of the two carries no phase; the lower row has the same difference, but for π.
            phi = float(np.angle(block[1, 0]) - np.angle(-block[1, 1])) if theta else 0.0
        left = block @ _cell(theta, phi).conj().T
        diagonal[top : top + 2] = np.diag(left)
        before.append((theta, phi))
    return before, diagonal
