"""The half grid of modes that a real transform keeps: derivatives, the two-thirds rule, cutting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Index
from residuum.discretise.spectral._axis import FourierAxis
from residuum.discretise.spectral._grid import Grid


@final
class Waves:
    """Modes of shape (n_1, …, n_d / 2 + 1), as ``rfftn`` orders them.

    Args:
        axes: the space axes.
    """

    def __init__(self, axes: Sequence[FourierAxis]) -> None:
        self.axes = tuple(axes)
        self.grid = Grid(self.axes)
        self.shape = (*self.grid.shape[:-1], self.axes[-1].count // 2 + 1)

    def factors(self, index: Index) -> np.ndarray:
        """Return (ik)^index, broadcast to the modes; real where it is."""
        total: np.ndarray = np.ones(self.shape, complex)
        for k, (axis, order) in enumerate(zip(self.axes, index, strict=True)):
            # The unpaired mode of the half grid counts as positive; its even powers agree.
            total = total * self._along(k, axis.factors(order))
        return total if sum(index) % 2 else total.real

    @property
    def mask(self) -> np.ndarray:
        """The two-thirds rule: true where products of two kept modes are free of aliases."""
        kept: np.ndarray = np.ones(self.shape, bool)
        for k, axis in enumerate(self.axes):
            number = np.abs(np.fft.fftfreq(axis.count, 1 / axis.count))
            kept = kept & self._along(k, number < axis.count / 3)
        return kept

    def _along(self, k: int, line: np.ndarray) -> np.ndarray:
        shape = [1] * len(self.axes)
        shape[k] = self.shape[k]
        return line[: self.shape[k]].reshape(shape)

    def modes(self, values: np.ndarray) -> np.ndarray:
        """Return the modes of nodal values (…, *grid)."""
        return np.fft.rfftn(values, axes=tuple(range(-len(self.axes), 0)))

    def nodal(self, modes: np.ndarray) -> np.ndarray:
        """Return nodal values (…, *grid) of modes."""
        axes = tuple(range(-len(self.axes), 0))
        return np.fft.irfftn(modes, s=self.grid.shape, axes=axes)

    def reflected(self, modes: Any, axis: int) -> Any:
        """Return the modes (…, *modes) of a real field turned round about the middle of an axis."""
        across = tuple(range(-len(self.axes), -1))
        if axis == len(self.axes) - 1:
            # The other half of the modes: all other waves turn, and the conjugate turns them back.
            return jnp.conj(_turned(modes, across))
        return _turned(modes, (axis - len(self.axes),))

    def finer(self) -> tuple[Grid, float]:
        """Return a finer grid to sample data on, and by what its modes exceed those of this one.

        Sampled on the grid itself, a kink or a jump would alias into the long waves.
        """
        over = {1: 16, 2: 4}.get(len(self.axes), 2)
        grid = Grid(tuple(axis.resized(over * axis.count) for axis in self.axes))
        return grid, float(over ** len(self.axes))

    def cut(self, modes: np.ndarray) -> np.ndarray:
        """Return the modes of the grid out of those of a finer one, without unpaired ones."""
        for k, axis in enumerate(self.axes):
            half = (axis.count - 1) // 2
            keep = np.arange(half + 1)
            if k < len(self.axes) - 1:
                keep = np.r_[keep, -np.arange(1, half + 1)]
            moved = np.moveaxis(modes, k, 0)
            found = np.zeros((self.shape[k], *moved.shape[1:]), complex)
            found[keep % axis.count] = moved[keep]
            modes = np.moveaxis(found, 0, k)
        return modes


def _turned(modes: Any, axes: tuple[int, ...]) -> Any:
    """Return modes with wave numbers of opposite sign along some axes."""
    return jnp.roll(jnp.flip(modes, axes), 1, axes) if axes else modes
