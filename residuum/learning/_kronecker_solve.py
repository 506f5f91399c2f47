"""Weights of a Gaussian process on a grid: whitened features, one dense or Kronecker solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Index
from residuum._core import _jet as jets
from residuum.blocks import KernelAxis, KernelProducts, SpectralMixture
from residuum.learning._linearised import Linearised

KEPT = 1e-12
"""Smallest eigenvalue of a covariance along one axis that is kept, against the largest."""

PRUNED = 1e-8
"""Bumps of less than this share of the variance of value and highest derivative are dropped."""

STOP, MOST = 1e-13, 2000


def pruned(kernel: SpectralMixture, order: int) -> SpectralMixture:
    """Return a kernel without the bumps that have faded away, as constants."""
    parts = (kernel.weights, kernel.inverses, kernel.frequencies)
    weights, inverses, frequencies = (np.asarray(part) for part in parts)
    steep = weights * (inverses**2 + (2 * np.pi * frequencies) ** 2) ** order
    kept = (weights > PRUNED * weights.sum()) | (steep > PRUNED * steep.sum())
    return SpectralMixture(weights[kept], inverses[kept], frequencies[kept], kernel.matern)


def whitened(kernel: SpectralMixture, nodes: np.ndarray, ends: Sequence[float]) -> KernelAxis:
    """Return features of unit prior variance, from the eigenvectors of the kernel on nodes.

    The kernel is conditioned to vanish at ``ends``: k₀ = k - k(·,B) k(B,B)⁺ k(B,·).
    """
    places = np.concatenate([nodes, np.asarray(ends, float)])
    gaps = jnp.asarray((places[:, None] - places[None, :]).ravel())
    square = np.asarray(kernel.derivatives(gaps, 0)[0]).reshape(len(places), -1)
    n = len(nodes)
    # A kernel that repeats itself makes both ends one: hence the pseudo-inverse.
    inverse = np.linalg.pinv(square[n:, n:], rcond=1e-13, hermitian=True)
    gain = inverse @ square[n:, :n]
    values, vectors = np.linalg.eigh(square[:n, :n] - square[:n, n:] @ gain)
    kept = values > KEPT * values[-1]
    mixing = vectors[:, kept] / np.sqrt(values[kept])
    return KernelAxis(kernel, places, np.concatenate([mixing, -gain @ mixing]))


@dataclass
class GridSystem:
    """Rows of a process on a grid, whose first ones are the equation at every grid point.

    Args:
        linear: the rows.
        block: features of the process.
        centre: of the coordinates.
        axes: the grid, dimensionless.
        noise: standard deviation of every row, shape (m,).
    """

    linear: Linearised
    block: KernelProducts
    centre: np.ndarray
    axes: Sequence[np.ndarray]
    noise: np.ndarray

    def solve(self, parameters: Mapping[str, Array]) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (features,) and root (features, r) of the weights, whose prior is N(0, 1).

        By the singular values s of the rows over their noise: the mean is V s/(1 + s²) Uᵀ right,
        the deviations along V are 1/√(1 + s²).
        """
        slopes, right = self.linear.system(parameters)
        matrix = self._dense(slopes, 0, len(right)) / self.noise[:, None]
        goal = np.asarray(right) / self.noise
        missing = matrix.shape[1] - len(matrix)
        if missing > 0:  # directions no row sees keep their prior
            matrix = np.concatenate([matrix, np.zeros((missing, matrix.shape[1]))])
            goal = np.concatenate([goal, np.zeros(missing)])
        elif -missing > matrix.shape[1]:
            basis, matrix = np.linalg.qr(matrix)
            goal = basis.T @ goal
        left, size, across = np.linalg.svd(matrix, full_matrices=False)
        mean = across.T @ (size / (1 + size**2) * (left.T @ goal))
        return mean, across.T / np.sqrt(1 + size**2)

    def iterate(self, parameters: Mapping[str, Array]) -> np.ndarray:
        """Return the mean alone, by LSMR with Kronecker products."""
        from scipy.sparse.linalg import LinearOperator, lsmr  # takes a while to import

        slopes, right = self.linear.system(parameters)
        count = int(np.prod([len(axis) for axis in self.axes]))
        rest = self._dense(slopes, count, len(right)) / self.noise[count:, None]
        tables = self._tables(slopes)
        scaled = {k: np.asarray(s)[:count] / self.noise[:count] for k, s in slopes.items()}
        inner = [axis.mixing.shape[1] for axis in self.block.axes]
        shape = [len(axis) for axis in self.axes]

        def forward(head: np.ndarray) -> np.ndarray:
            found: Any = 0.0
            for index, slope in scaled.items():
                values = _along([t[k] for t, k in zip(tables, index, strict=True)], head, inner)
                found = found + slope * values
            return np.concatenate([found, rest @ head.ravel()])

        def back(rows: np.ndarray) -> np.ndarray:
            found: Any = rest.T @ rows.ravel()[count:]
            for index, slope in scaled.items():
                turned = [t[k].T for t, k in zip(tables, index, strict=True)]
                found = found + _along(turned, slope * rows.ravel()[:count], shape)
            return np.asarray(found)

        size = (len(right), int(np.prod(inner)))
        operator = LinearOperator(size, matvec=forward, rmatvec=back, dtype=float)
        goal = np.asarray(right) / self.noise
        made = lsmr(operator, goal, damp=1.0, atol=STOP, btol=STOP, conlim=0, maxiter=MOST)
        return np.asarray(made[0])

    def _dense(self, slopes: Mapping[Index, Array], first: int, last: int) -> np.ndarray:
        """Return rows of the matrix of the weights, before division by the noise."""
        if first == last:
            return np.zeros((0, self.block.signature.outputs))
        every = [np.asarray(rows.points) for rows in self.linear.rows]
        points = (np.concatenate(every)[first:last] - self.centre) / np.array(self.linear.half)
        jet = self.block.jet(jets.coordinates(jnp.asarray(points), list(slopes)))
        found: Any = 0.0
        for index, slope in slopes.items():
            found = found + np.asarray(slope)[first:last, None] * np.asarray(jet.derivative(index))
        return np.asarray(found)

    def _tables(self, slopes: Mapping[Index, Array]) -> list[list[np.ndarray]]:
        """Return the derivatives of every axis' features on the grid: (points, features)."""
        found = []
        for i, (axis, nodes) in enumerate(zip(self.block.axes, self.axes, strict=True)):
            most = max(index[i] for index in slopes)
            jet = axis.jet(jets.coordinates(jnp.asarray(nodes)[:, None], [(most,)]))
            found.append([np.asarray(jet.derivative((k,))) for k in range(most + 1)])
        return found


def _along(matrices: Sequence[np.ndarray], values: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Apply a matrix along each axis of values in the order of an outer product."""
    found = values.reshape(shape)
    for i, matrix in enumerate(matrices):
        found = np.moveaxis(np.tensordot(matrix, found, axes=(1, i)), 0, i)
    return found.ravel()
