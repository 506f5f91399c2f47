"""Spectral-mixture kernels, and what a Gaussian process on a grid is made of."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Jet
from residuum._core import _jet as jets
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._bumps import outer


class SpectralMixture(eqx.Module):
    """k(d) = Σ_q w_q E(ρ_q d) cos(2π μ_q d): a covariance whose spectrum is a sum of bumps.

    E(r) = exp(-r²/2) gives Gaussian bumps; the Matérn function (1 + a + a²/3) exp(-a), a = √5 |r|,
    gives Student-t ones. The Matérn one has four derivatives at d = 0: enough for both arguments of
    an equation of the second order.

    Args:
        weights: w, shape (bumps,), positive.
        inverses: ρ, inverse lengths, shape (bumps,).
        frequencies: μ, in cycles per unit, shape (bumps,).
        matern: which of the two.

    Source: A. G. Wilson, R. P. Adams, ICML 2013, arXiv:1302.4245.
    """

    weights: Array | np.ndarray
    inverses: Array | np.ndarray
    frequencies: Array | np.ndarray
    matern: bool = eqx.field(static=True, default=False)

    def jet(self, distance: Jet) -> Jet:
        """Return the kernel of distances of any number of features, jets included."""
        total = self._bump(distance, 0)
        for q in range(1, self.weights.shape[0]):
            total = total + self._bump(distance, q)
        return total

    def _bump(self, distance: Jet, q: int) -> Jet:
        _, wave = jets.sin_cos(distance * (2 * np.pi * self.frequencies[q]))
        return self._envelope(distance * self.inverses[q]) * wave * self.weights[q]

    def _envelope(self, scaled: Jet) -> Jet:
        if not self.matern:
            return jets.exp(scaled * scaled * -0.5)
        # The side of zero itself does not matter: odd derivatives below the fifth vanish there.
        sign = jnp.where(scaled.value >= 0, 1.0, -1.0)
        a = scaled * (np.sqrt(5.0) * sign)
        return (a * a * (1 / 3) + a + 1.0) * jets.exp(-a)

    def derivatives(self, distances: Array, order: int) -> list[Array]:
        """Return k and its derivatives up to an order at distances of shape (n,)."""
        column = distances[:, None]
        start = jets.coordinates(column, [(order,)])
        waves = start * (2 * np.pi * self.frequencies)
        bumps = self._envelope(start * self.inverses) * jets.sin_cos(waves)[1] * self.weights
        return [bumps.derivative((k,)).sum(axis=1) for k in range(order + 1)]


class KernelAxis(eqx.Module):
    """Features of one coordinate: φ(z) = Mᵀ k(z - nodes).

    Args:
        kernel: the covariance.
        nodes: shape (n,).
        mixing: M, shape (n, features).
    """

    kernel: SpectralMixture
    nodes: Array | np.ndarray
    mixing: Array | np.ndarray

    def jet(self, z: Jet) -> Jet:
        """Return the features of one column."""
        return self.kernel.jet(z - jnp.asarray(self.nodes)).linear(lambda part: part @ self.mixing)


class KernelProducts(Block):
    """Products φ_i(z_1) φ_j(z_2) … of features of each coordinate: a Kronecker product.

    Args:
        axes: what each coordinate has.
    """

    axes: tuple[KernelAxis, ...]

    @property
    def signature(self) -> Signature:
        count = int(np.prod([axis.mixing.shape[1] for axis in self.axes]))
        return Signature(len(self.axes), count)

    def __call__(self, x: Array) -> Array:
        zero = (0,) * x.shape[1]
        return self.jet(Jet({zero: x})).value

    def jet(self, jet: Jet) -> Jet:
        found = self.axes[0].jet(jet[:, 0:1])
        for i, axis in enumerate(self.axes[1:], 1):
            found = outer(found, axis.jet(jet[:, i : i + 1]))
        return found
