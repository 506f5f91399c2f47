"""What mirrors and exchanged axes do to channels on a grid."""

from __future__ import annotations

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
    """The symmetries of a map between grids, and all positions that they lead to.

    Args:
        inputs, outputs: what each symmetry does to either side.
        moments: whether the outputs have an axis of time before the grid.
        positions: for every position the symmetries that lead there, one after the other.
    """

    inputs: tuple[Turn, ...]
    outputs: tuple[Turn, ...]
    moments: bool
    positions: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(inputs: tuple[Turn, ...], outputs: tuple[Turn, ...], moments: bool) -> Turns:
        """Return the symmetries with all that follows from them: a group."""
        axes = 1 + max(axis for turn in inputs for axis in turn.move)
        channels = len(inputs[0].order), len(outputs[0].order)
        # No two positions of random numbers look alike.
        first, last = (
            np.random.default_rng(3).normal(size=(*(3,) * axes, count)) for count in channels
        )
        start: tuple[int, ...] = ()
        seen, queue = {first.tobytes() + last.tobytes(): start}, [(start, first, last)]
        while queue:
            word, x, y = queue.pop(0)
            for k, (mine, its) in enumerate(zip(inputs, outputs, strict=True)):
                found, answer = mine(x, 0), its(y, 0)
                sign = (
                    np.ascontiguousarray(found).tobytes() + np.ascontiguousarray(answer).tobytes()
                )
                if sign not in seen:
                    seen[sign] = (*word, k)
                    queue.append((seen[sign], found, answer))
        return Turns(inputs, outputs, moments, tuple(seen.values()))

    def drawn(self, x: np.ndarray, y: np.ndarray, key: Key, step: int) -> Any:
        """Return a batch of samples in a position drawn for a step, all in the same."""
        number = int(generator(key, 89, step).integers(len(self.positions)))
        for k in self.positions[number]:
            x, y = self.inputs[k](x, 1), self.outputs[k](y, 1 + self.moments)
        return x, y

    def mean(self, operator: Operator, x: Array) -> Array:
        """Return the mean of what an operator answers in all positions, turned back."""
        found = []
        for position in self.positions:
            turned = x
            for k in position:
                turned = self.inputs[k](turned, 1, jnp)
            answer = operator(turned)
            for k in reversed(position):
                answer = self.outputs[k](answer, 1 + self.moments, jnp)
            found.append(answer)
        return sum(found[1:], found[0]) / len(found)
