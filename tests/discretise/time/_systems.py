"""Small sparse systems with known solutions, for the implicit schemes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu

Pair = tuple[np.ndarray, np.ndarray]


@dataclass
class Sparse:
    """F given by functions; weights, groups and mask may be set afterwards."""

    size: int
    residual_of: Callable[[float, np.ndarray, np.ndarray], np.ndarray]
    parts: Callable[[float, np.ndarray, np.ndarray], Pair]
    """Dense dF/du and dF/drate."""
    linear: bool = False
    autonomous_jacobian: bool = False
    differential: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if not len(self.differential):
            self.differential = np.ones(self.size, bool)
        if not len(self.weights):
            self.weights = np.ones(self.size)

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return self.residual_of(t, u, rate)

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: float) -> Any:
        stiff, mass = self.parts(t, u, rate)
        return csr_array(stiff + shift * mass)

    def solver(self, matrix: Any) -> Any:
        return splu(matrix.tocsc())


class Heat:
    """Linear elements for the heat equation on the unit interval, Dirichlet rows in time.

    Args:
        cells: number of elements.
        ends: time to the two boundary values.
        source: time and nodes to the source.
        unit: unit of time, in which the rates are measured.
    """

    linear = True
    autonomous_jacobian = True

    def __init__(
        self,
        cells: int,
        ends: Callable[[float], tuple[float, float]],
        source: Callable[[float, np.ndarray], np.ndarray],
        unit: float = 1.0,
    ) -> None:
        n, h = cells + 1, 1 / cells
        self.size, self.nodes, self.ends, self.source, self.unit = (
            n,
            np.linspace(0, 1, n),
            ends,
            source,
            unit,
        )
        inner = np.ones(n)
        inner[[0, -1]] = 0
        keep = diags_array(inner)
        mass = diags_array([h / 6, 2 * h / 3, h / 6], offsets=[-1, 0, 1], shape=(n, n))
        stiff = diags_array([-1 / h, 2 / h, -1 / h], offsets=[-1, 0, 1], shape=(n, n))
        self.mass = (keep @ mass).tocsr()
        self.stiff = (keep @ stiff + diags_array(1 - inner)).tocsr()
        self.differential = inner.astype(bool)
        self.weights = np.ones(n)
        self.cell = h

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        t, rate = t / self.unit, rate * self.unit
        given = self.source(t, self.nodes)
        load = np.zeros(self.size)
        load[1:-1] = self.cell * (given[:-2] + 4 * given[1:-1] + given[2:]) / 6
        load[[0, -1]] = self.ends(t)
        return self.mass @ rate + self.stiff @ u - load

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: float) -> Any:
        return self.stiff + shift * self.unit * self.mass

    def solver(self, matrix: Any) -> Any:
        return splu(matrix.tocsc())


def moving_heat(cells: int, unit: float = 1.0) -> tuple[Heat, Callable[[float], np.ndarray]]:
    """Return a heat problem whose semi-discrete solution is known, and that solution.

    u = exp(-t) (1 + x + sin(3t) x²) lies outside the elements only by x², whose second difference
    is exact at the nodes, so the source is made for the discrete equations.
    """

    def exact(t: float) -> np.ndarray:
        x = system.nodes
        return np.exp(-t) * (1 + x + np.sin(3 * t) * x**2)

    def slope(t: float) -> np.ndarray:
        x = system.nodes
        return np.exp(-t) * ((3 * np.cos(3 * t) - np.sin(3 * t)) * x**2 - 1 - x)

    def ends(t: float) -> tuple[float, float]:
        return float(np.exp(-t)), float(np.exp(-t) * (2 + np.sin(3 * t)))

    def source(t: float, x: np.ndarray) -> np.ndarray:
        return slope(t) - 2 * np.exp(-t) * np.sin(3 * t)

    system = Heat(cells, ends, source, unit)
    return system, exact


def prothero_robinson(stiffness: float, groups: int = 1) -> Sparse:
    """Return u' = -stiffness (u - cos t) - sin t, with solution cos t."""

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return rate + np.sin(t) + stiffness * (u - np.cos(t))

    one = np.eye(groups)
    return Sparse(groups, residual, lambda t, u, r: (stiffness * one, one), True, True)


def van_der_pol(mu: float) -> Sparse:
    """Return the oscillator in its scaled form: y' = z, z' = mu ((1 - y²) z - y)."""

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        y, z = u
        return np.array([rate[0] - z, rate[1] - mu * ((1 - y**2) * z - y)])

    def parts(t: float, u: np.ndarray, rate: np.ndarray) -> Pair:
        y, z = u
        return np.array([[0, -1], [mu * (2 * y * z + 1), -mu * (1 - y**2)]]), np.eye(2)

    return Sparse(2, residual, parts)


def wave(cells: int) -> Sparse:
    """Return u' = v, v' = u'' on the unit interval with fixed ends, interior nodes only."""
    n, h = cells - 1, 1 / cells
    second = (np.eye(n, k=1) + np.eye(n, k=-1) - 2 * np.eye(n)) / h**2
    zero, one = np.zeros((n, n)), np.eye(n)
    stiff = np.block([[zero, -one], [-second, zero]])
    sparse = csr_array(stiff)
    return Sparse(
        2 * n, lambda t, u, r: r + sparse @ u, lambda t, u, r: (stiff, np.eye(2 * n)), True, True
    )


def stokes_like(quadratic: float = 0.0) -> tuple[Sparse, Callable[[float], np.ndarray]]:
    """Return an index-two system M v' + A v + Bᵀ p = f, B v = g(t), and its solution.

    With ``quadratic`` the first row carries a nonlinear term.
    """
    mass = np.array([[2.0, 0.5, 0.0], [0.5, 2.0, 0.5], [0.0, 0.5, 2.0]])
    stiff = 40 * np.array([[2.0, -1, 0], [-1, 2, -1], [0, -1, 2]])
    row = np.array([[1.0, -1.0, 2.0]])

    def velocity(t: float) -> Pair:
        v = np.array([np.sin(t), np.cos(2 * t), np.exp(-t)])
        return v, np.array([np.cos(t), -2 * np.sin(2 * t), -np.exp(-t)])

    def exact(t: float) -> np.ndarray:
        return np.append(velocity(t)[0], 1 + np.sin(3 * t))

    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        v, dv = velocity(t)
        defect = mass @ (rate[:3] - dv) + stiff @ (u[:3] - v) + row[0] * (u[3] - exact(t)[3])
        defect[0] += quadratic * (u[0] ** 2 - v[0] ** 2)
        return np.append(defect, row @ (u[:3] - v))

    def parts(t: float, u: np.ndarray, rate: np.ndarray) -> Pair:
        upper = stiff.copy()
        upper[0, 0] += 2 * quadratic * u[0]
        whole = np.block([[upper, row.T], [row, np.zeros((1, 1))]])
        masses = np.zeros((4, 4))
        masses[:3, :3] = mass
        return whole, masses

    mask = np.array([True, True, True, False])
    affine = quadratic == 0
    return Sparse(4, residual, parts, affine, affine, mask), exact
