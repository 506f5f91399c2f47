"""Gaussian bumps and tensor Chebyshev polynomials as blocks of features."""

from __future__ import annotations

import itertools
import math

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Jet
from residuum._core import _jet as jets
from residuum._core._jet import Index
from residuum.blocks._abstract import Block, Signature


class GaussianBumps(Block):
    """φ_k(z) = Π_i exp(-r_ik²/2), r_ik = (z_i - c_ik)/σ_ik; periodic axes wrap around.

    On a periodic axis r² is replaced by 2 (1 - cos π(z - c)) / (πσ)², which equals it nearby and
    has period 2.

    Args:
        centres: shape (features, d), in dimensionless coordinates.
        widths: shape (features, d) or (1, d), positive.
        periodic: which axes wrap around.
    """

    centres: Array | np.ndarray
    widths: Array | np.ndarray
    periodic: tuple[int, ...] = ()

    @property
    def signature(self) -> Signature:
        return Signature(self.centres.shape[1], self.centres.shape[0])

    def __call__(self, x: Array) -> Array:
        return jnp.exp(sum(self._exponent(x[:, i : i + 1], i) for i in range(x.shape[1])))

    def _exponent(self, column: Array, axis: int) -> Array:
        distance, width = column - self.centres[:, axis], self.widths[:, axis]
        if axis in self.periodic:
            return (jnp.cos(np.pi * distance) - 1.0) / (np.pi * width) ** 2
        return -0.5 * (distance / width) ** 2

    def jet(self, jet: Jet) -> Jet:
        total = self._exponent_jet(jet[:, 0:1], 0)
        for axis in range(1, self.centres.shape[1]):
            total = total + self._exponent_jet(jet[:, axis : axis + 1], axis)
        return jets.exp(total)

    def _exponent_jet(self, column: Jet, axis: int) -> Jet:
        distance, width = column - self.centres[:, axis], self.widths[:, axis]
        if axis in self.periodic:
            _, cos = jets.sin_cos(distance * np.pi)
            return (cos - 1.0) * (1.0 / (np.pi * width) ** 2)
        scaled = distance * (1.0 / width)
        return scaled * scaled * -0.5


class TiltedBumps(Block):
    """φ_k(z) = exp(-½ |L_k (z - c_k)|²): Gaussians of any width in any direction, all trained.

    L_k is upper triangular with diagonal exp(logs_k), so that the covariance (LᵀL)⁻¹ is positive
    definite whatever the numbers. On a periodic axis z - c becomes sin(π(z - c))/π and the part
    that lacks, 2(1 - cos π(z - c))/π² - sin²(π(z - c))/π², is added with the factor (LᵀL)_ii: the
    form stays positive, equals the plain one nearby, and has period 2.

    Args:
        centres: shape (features, d), in dimensionless coordinates.
        logs: logarithms of the inverse widths, shape (features, d).
        tilts: what stands above the diagonal, row by row, shape (features, d (d - 1) / 2).
        periodic: which axes wrap around.
    """

    centres: Array | np.ndarray
    logs: Array | np.ndarray
    tilts: Array | np.ndarray
    periodic: tuple[int, ...] = ()

    @property
    def signature(self) -> Signature:
        return Signature(self.centres.shape[1], self.centres.shape[0])

    def __call__(self, x: Array) -> Array:
        zero = (0,) * x.shape[1]
        return self.jet(Jet({zero: x})).value

    def jet(self, jet: Jet) -> Jet:
        size = self.centres.shape[1]
        places = dict(zip(itertools.combinations(range(size), 2), range(size * size), strict=False))
        inverse = [jnp.exp(self.logs[:, i]) for i in range(size)]
        away = [jet[:, i : i + 1] - self.centres[:, i] for i in range(size)]
        total: Jet | None = None
        for axis in self.periodic:
            sin, cos = jets.sin_cos(away[axis] * np.pi)
            above = [self.tilts[:, places[row, axis]] ** 2 for row in range(axis)]
            factor = sum(above, inverse[axis] ** 2) / np.pi**2
            # 2 (1 - cos) - sin² = (1 - cos)²
            extra = (1.0 - cos) * (1.0 - cos) * factor
            total = extra if total is None else total + extra
            away[axis] = sin * (1 / np.pi)
        for row in range(size):
            part = away[row] * inverse[row]
            for column in range(row + 1, size):
                part = part + away[column] * self.tilts[:, places[row, column]]
            square = part * part
            total = square if total is None else total + square
        assert total is not None
        return jets.exp(total * -0.5)


class ChebyshevProducts(Block):
    """Products T_i(z_1) T_j(z_2) … of Chebyshev polynomials, or Fourier pairs on periodic axes.

    Args:
        degrees: highest degree per axis; a periodic axis gets the harmonics 0 … degree//2.
        periodic: which axes use cos(kπz), sin(kπz) instead.
        total: highest sum of the degrees over the axes, a harmonic counting twice; any if ``None``.
    """

    degrees: tuple[int, ...]
    periodic: tuple[int, ...] = ()
    total: int | None = None

    @property
    def powers(self) -> np.ndarray:
        """Degree of every feature along every axis, shape (features, d)."""
        found = np.zeros((1, 0), int)
        for axis in range(len(self.degrees)):
            found = _paired(found, self._powers(axis))
            found = found[self._kept(found)]
        return found

    def _powers(self, axis: int) -> np.ndarray:
        if axis in self.periodic:
            waves = 2 * np.arange(1, self.degrees[axis] // 2 + 1)
            return np.concatenate([[0], waves, waves])
        return np.arange(self.degrees[axis] + 1)

    def _kept(self, powers: np.ndarray) -> np.ndarray:
        most = np.inf if self.total is None else self.total
        found: np.ndarray = powers.sum(axis=1) <= most
        return found

    def _size(self, axis: int) -> int:
        degree = self.degrees[axis]
        return 2 * (degree // 2) + 1 if axis in self.periodic else degree + 1

    @property
    def signature(self) -> Signature:
        sizes = [self._size(axis) for axis in range(len(self.degrees))]
        count = math.prod(sizes) if self.total is None else len(self.powers)
        return Signature(len(self.degrees), count)

    def __call__(self, x: Array) -> Array:
        zero = (0,) * x.shape[1]
        return self.jet(Jet({zero: x})).value

    def jet(self, jet: Jet) -> Jet:
        found, powers = self._axis(jet[:, 0:1], 0), self._powers(0)[:, None]
        for axis in range(1, len(self.degrees)):
            found = outer(found, self._axis(jet[:, axis : axis + 1], axis))
            if self.total is not None:
                # What is dropped at once never costs memory: the whole tensor grows too fast.
                powers = _paired(powers, self._powers(axis))
                kept = self._kept(powers)
                found, powers = found[:, np.flatnonzero(kept)], powers[kept]
        return found

    def _axis(self, z: Jet, axis: int) -> Jet:
        if axis in self.periodic:
            sin, cos = jets.sin_cos(z * (np.pi * np.arange(1, self.degrees[axis] // 2 + 1)))
            return jets.concatenate([_ones(z), cos, sin])
        found = [_ones(z), z]
        for _ in range(self.degrees[axis] - 1):
            found.append(z * found[-1] * 2.0 - found[-2])
        return jets.concatenate(found[: self.degrees[axis] + 1])


def _paired(powers: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Return the rows of every pair, in the order of an outer product."""
    left = np.repeat(powers, len(more), axis=0)
    return np.column_stack([left, np.tile(more, len(powers))])


def _ones(z: Jet) -> Jet:
    return jets.constant(jnp.ones_like(z.value), z.indices)


def outer(left: Jet, right: Jet) -> Jet:
    """Return the jets of all products of two features, the second one running faster."""
    parts: dict[Index, Array | None] = {}
    for index in left.indices:
        total: Array | None = None
        for beta in jets.below(index):
            gamma = tuple(a - b for a, b in zip(index, beta, strict=True))
            a, b = left.parts[beta], right.parts[gamma]
            if a is not None and b is not None:
                term = a[:, :, None] * b[:, None, :]
                term = term.reshape(term.shape[0], a.shape[1] * b.shape[1])
                total = term if total is None else total + term
        parts[index] = total
    return Jet(parts)
