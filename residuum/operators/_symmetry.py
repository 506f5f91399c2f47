"""What mirrors and exchanged axes do to channels on a grid."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, generator
from residuum.operators._abstract import Operator

Move = tuple[int, ...]
"""One axis for a mirror, two for an exchange."""


@final
@dataclass(frozen=True)
class Turn:
    """What one symmetry does to channels on a grid; done twice, it does nothing.

    Args:
        move: the axis that is mirrored, or the two that change places.
        wraps: whether the mirrored axis is periodic.
        order: which channel each one comes from.
        signs: by which each is then multiplied.
    """

    move: Move
    wraps: bool
    order: tuple[int, ...]
    signs: tuple[float, ...]

    def __call__(self, values: Any, before: int, xp: Any = np) -> Any:
        """Return values (…, *grid, channels) with so many axes before those of the grid."""
        axes = tuple(before + axis for axis in self.move)
        if len(axes) == 2:
            values = xp.swapaxes(values, *axes)
        else:
            values = xp.flip(values, axes[0])
            if self.wraps:  # the node at the start of a period is its own image
                values = xp.roll(values, 1, axes[0])
        if self.order != tuple(range(len(self.order))):
            values = values[..., list(self.order)]
        if any(sign < 0 for sign in self.signs):
            values = values * np.asarray(self.signs, values.dtype)
        return values


@final
@dataclass(frozen=True)
class Turns:
    """The symmetries of a map between grids.

    Args:
        inputs, outputs: what each symmetry does to either side.
        moments: whether the outputs have an axis of time before the grid.
    """

    inputs: tuple[Turn, ...]
    outputs: tuple[Turn, ...]
    moments: bool

    def drawn(self, x: np.ndarray, y: np.ndarray, key: Key, step: int) -> Any:
        """Return a batch of samples after symmetries drawn for a step, all by the same."""
        for chosen, mine, its in zip(
            generator(key, 89, step).random(len(self.inputs)) < 0.5,
            self.inputs,
            self.outputs,
            strict=True,
        ):
            if chosen:
                x, y = mine(x, 1), its(y, 1 + self.moments)
        return x, y

    def mean(self, operator: Operator, x: Array) -> Array:
        """Return the mean of what an operator answers in all positions, turned back."""
        total, count = None, 0
        for subset in itertools.product((False, True), repeat=len(self.inputs)):
            turned = x
            for chosen, turn in zip(subset, self.inputs, strict=True):
                turned = turn(turned, 1, jnp) if chosen else turned
            found = operator(turned)
            for chosen, turn in zip(reversed(subset), reversed(self.outputs), strict=True):
                found = turn(found, 1 + self.moments, jnp) if chosen else found
            total, count = found if total is None else total + found, count + 1
        assert total is not None
        return total / count
