"""Embeddings of dimensionless coordinates: periodic axes and Fourier features."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Jet
from residuum._core import _jet as jets
from residuum.blocks._abstract import Block, Signature


class Periodic(Block):
    """Replace each periodic axis z in [-1, 1] by cos(kπz), sin(kπz), k = 1 … harmonics.

    Whatever follows is then exactly periodic, with all derivatives.

    Args:
        axes: which of the inputs are periodic.
        inputs: number of inputs.
        harmonics: how many harmonics each periodic axis gets.
    """

    axes: tuple[int, ...]
    inputs: int
    harmonics: int = 1

    @property
    def signature(self) -> Signature:
        grown = len(self.axes) * (2 * self.harmonics - 1)
        return Signature(self.inputs, self.inputs + grown)

    def __call__(self, x: Array) -> Array:
        parts = []
        for axis in range(self.inputs):
            column = x[:, axis : axis + 1]
            if axis in self.axes:
                angle = column * self._frequencies
                parts += [jnp.cos(angle), jnp.sin(angle)]
            else:
                parts.append(column)
        return jnp.concatenate(parts, axis=1)

    def jet(self, jet: Jet) -> Jet:
        parts = []
        for axis in range(self.inputs):
            column = jet[:, axis : axis + 1]
            if axis in self.axes:
                sin, cos = jets.sin_cos(column * self._frequencies)
                parts += [cos, sin]
            else:
                parts.append(column)
        return jets.concatenate(parts)

    @property
    def _frequencies(self) -> np.ndarray:
        return np.pi * np.arange(1, self.harmonics + 1)[None, :]


class FourierFeatures(Block):
    """cos(x B), sin(x B) for a matrix of frequencies, fixed if it is NumPy's.

    Args:
        frequencies: shape (inputs, m), in radians per unit of the dimensionless coordinate. Good
            starting values: normal with deviation 1 to 10; too high and the field overfits between
            points.

    Source: M. Tancik et al., NeurIPS 2020, arXiv:2006.10739.
    """

    frequencies: Array | np.ndarray

    @property
    def signature(self) -> Signature:
        return Signature(self.frequencies.shape[0], 2 * self.frequencies.shape[1])

    def __call__(self, x: Array) -> Array:
        angle = x @ self.frequencies
        return jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], axis=1)

    def jet(self, jet: Jet) -> Jet:
        sin, cos = jets.sin_cos(jet.linear(lambda part: part @ self.frequencies))
        return jets.concatenate([cos, sin])
