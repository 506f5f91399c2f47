"""Nonlinear boundary value problems on a line, by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from residuum.discretise.nonlinear import Posed


def bratu(n: int, load: float) -> Posed:
    """Return u'' + load exp(u) = 0 on (0, 1), u = 0 at both ends, n points inside.

    Two solutions below load 3.5138, none above.
    """
    matrix = (n + 1) ** 2 * sp.csr_array(
        sp.diags_array([np.ones(n - 1), np.full(n, -2.0), np.ones(n - 1)], offsets=[-1, 0, 1])
    )
    return (
        lambda u: matrix @ u + load * np.exp(u),
        lambda u: sp.csr_array(matrix + sp.diags_array(load * np.exp(u))),
    )


def bratu_in_the_plane(n: int, load: float) -> Posed:
    """Return Δu + load exp(u) = 0 on the unit square with n × n points inside."""
    line = bratu(n, 0.0)[1](np.zeros(n))
    eye = sp.eye_array(n)
    matrix = sp.csr_array(sp.kron(line, eye) + sp.kron(eye, line))
    return (
        lambda u: matrix @ u + load * np.exp(u),
        lambda u: sp.csr_array(matrix + sp.diags_array(load * np.exp(u))),
    )


def burgers(n: int, viscosity: float) -> Posed:
    """Return (u²/2)' - viscosity u'' = -u on (0, 1) with u(0) = 1, u(1) = -1/2, a shock inside."""
    h = 1 / (n + 1)

    def widened(u: np.ndarray) -> np.ndarray:
        return np.concatenate([[1.0], u, [-0.5]])

    def residual(u: np.ndarray) -> np.ndarray:
        w = widened(u)
        flux = 0.5 * w**2
        spread = (w[2:] - 2 * w[1:-1] + w[:-2]) / h**2
        return (flux[2:] - flux[:-2]) / (2 * h) - viscosity * spread + u

    def jacobian(u: np.ndarray) -> Any:
        bands = [
            -u[:-1] / (2 * h) - viscosity / h**2,
            np.full(n, 2 * viscosity / h**2 + 1.0),
            u[1:] / (2 * h) - viscosity / h**2,
        ]
        return sp.csr_array(sp.diags_array(bands, offsets=[-1, 0, 1]))

    return residual, jacobian
