"""Small model systems on regular grids, by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp


def second(n: int, *, free: bool = False) -> Any:
    """Return -u'' on n points with step 1; held at both ends, or free there (singular)."""
    main = np.full(n, 2.0)
    if free:
        main[[0, -1]] = 1.0
    return sp.csr_array(
        sp.diags_array([-np.ones(n - 1), main, -np.ones(n - 1)], offsets=[-1, 0, 1])
    )


def laplacian(*shape: int, free: bool = False) -> Any:
    """Return the negative Laplacian on a box of points with step 1."""
    total = sp.csr_array((int(np.prod(shape)),) * 2)
    for axis, n in enumerate(shape):
        before, after = int(np.prod(shape[:axis])), int(np.prod(shape[axis + 1 :]))
        part = sp.kron(sp.eye_array(before), second(n, free=free))
        total = sp.csr_array(total + sp.kron(part, sp.eye_array(after)))
    return total


def convection(n: int, speed: float) -> Any:
    """Return -Δu + speed (u_x + u_y / 2), upwind, on n × n points: unsymmetric, an M-matrix."""
    back = sp.csr_array(sp.diags_array([-np.ones(n - 1), np.ones(n)], offsets=[-1, 0]))
    eye = sp.eye_array(n)
    return sp.csr_array(laplacian(n, n) + speed * (sp.kron(back, eye) + 0.5 * sp.kron(eye, back)))


def stokes(n: int) -> tuple[Any, np.ndarray]:
    """Return Stokes on an n × n staggered grid with walls, and the mask of pressures.

    The constant pressure is the null space.
    """
    inner = sp.csr_array(
        sp.diags_array([-np.ones(n - 1), np.ones(n - 1)], offsets=[0, 1], shape=(n - 1, n))
    )
    eye = sp.eye_array(n)
    gradient = sp.vstack([sp.kron(inner, eye), sp.kron(eye, inner)])
    # Velocity along the wall vanishes half a step beyond the last point.
    half = second(n).tolil()
    half[0, 0] = half[-1, -1] = 3.0
    across = sp.csr_array(half)
    u = sp.kron(second(n - 1), eye) + sp.kron(sp.eye_array(n - 1), across)
    v = sp.kron(across, sp.eye_array(n - 1)) + sp.kron(eye, second(n - 1))
    a = sp.block_diag([u, v])
    matrix = sp.csr_array(sp.block_array([[a, gradient], [gradient.T, None]]))
    mask = np.arange(matrix.shape[0]) >= a.shape[0]
    return matrix, mask


def chance(n: int, seed: int = 11) -> np.ndarray:
    """Return a random vector (n,)."""
    return np.random.default_rng(seed).standard_normal(n)


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    """Return the relative difference in the Euclidean norm."""
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))
