"""Affine maps: trained, and the fixed one that makes coordinates dimensionless."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Jet, OptionError
from residuum.blocks._abstract import Block, Signature


class Dense(Block):
    """y = x W + b.

    Args:
        weight: shape (inputs, outputs).
        bias: shape (outputs,).
    """

    weight: Array | np.ndarray
    bias: Array | np.ndarray

    @property
    def signature(self) -> Signature:
        return Signature(self.weight.shape[0], self.weight.shape[1], linear=True)

    def __call__(self, x: Array) -> Array:
        return x @ self.weight + self.bias

    def jet(self, jet: Jet) -> Jet:
        return jet.linear(lambda part: part @ self.weight) + self.bias


def dense(inputs: int, outputs: int, key: Array, *, spread: float = 0.0) -> Dense:
    """Return a trained dense block with Glorot-normal weights and biases uniform in ±spread.

    Source: X. Glorot, Y. Bengio, AISTATS 2010.
    """
    scale = jnp.sqrt(2.0 / (inputs + outputs))
    first, second = jax.random.split(key)
    bias = jax.random.uniform(second, (outputs,), minval=-1.0, maxval=1.0)
    return Dense(scale * jax.random.normal(first, (inputs, outputs)), spread * bias)


class Standardise(Block):
    """z = (x - centre) / half_width: coordinates in their units to dimensionless ones in [-1, 1].

    Args:
        centre: shape (d,), in the units of the coordinates.
        half_width: shape (d,), positive.
    """

    centre: np.ndarray
    half_width: np.ndarray

    @property
    def signature(self) -> Signature:
        return Signature(len(self.centre), len(self.centre), linear=True, invertible=True)

    def __call__(self, x: Array) -> Array:
        self._check(x)
        return (x - self.centre) / self.half_width

    def _check(self, x: Array) -> None:
        if x.ndim != 2 or x.shape[1] != len(self.centre):
            raise OptionError(
                f"points of shape (n, {len(self.centre)})",
                str(x.shape),
                "One column per coordinate.",
            )

    def inverse(self, z: Array) -> Array:
        """Return the coordinates of dimensionless points."""
        return z * self.half_width + self.centre

    def jet(self, jet: Jet) -> Jet:
        self._check(jet.value)
        return (jet - jnp.asarray(self.centre)) * (1.0 / self.half_width)


class Factorised(Block):
    """y = x (V diag(exp s)) + b: a dense block whose outputs have trained sizes of their own.

    Every function of a dense block, with other gradients: a step can change the size of a whole
    output at once.

    Args:
        weight: V, shape (inputs, outputs).
        logarithm: s, shape (outputs,).
        bias: shape (outputs,).

    Source: S. Wang, H. Wang, J. H. Seidman, P. Perdikaris, arXiv:2210.01274.
    """

    weight: Array
    logarithm: Array
    bias: Array

    @property
    def signature(self) -> Signature:
        return Signature(self.weight.shape[0], self.weight.shape[1], linear=True)

    def plain(self) -> Dense:
        """Return the dense block with the same values."""
        return Dense(self.weight * jnp.exp(self.logarithm), self.bias)

    def __call__(self, x: Array) -> Array:
        return self.plain()(x)

    def jet(self, jet: Jet) -> Jet:
        return self.plain().jet(jet)


def factorised(inputs: int, outputs: int, key: Array, *, mean: float = 1.0) -> Factorised:
    """Return a factorised block that starts as ``dense`` does, with s normal around the mean.

    The deviation of s is 0.1, as in the paper; good starting values of the mean: 0.5 and 1.
    """
    first, second = jax.random.split(key)
    start = dense(inputs, outputs, first)
    logarithm = mean + 0.1 * jax.random.normal(second, (outputs,))
    return Factorised(
        jnp.asarray(start.weight) / jnp.exp(logarithm), logarithm, jnp.asarray(start.bias)
    )
