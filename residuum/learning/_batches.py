"""Which samples a step of training takes, and on which grid: all of it follows from the key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from residuum._core import Key, OptionError, generator


class Batch(NamedTuple):
    """One step.

    Args:
        epoch: number of the pass over the samples, from 0.
        halvings: how often the grid is halved.
        rows: numbers of the samples.
        last: whether it ends the epoch.
    """

    epoch: int
    halvings: int
    rows: np.ndarray
    last: bool


@dataclass
class Batches:
    """The steps of a training.

    Args:
        count: samples there are.
        size: samples of a step on the full grid.
        epochs: passes over the samples.
        cycle: halvings of the grid by epoch, over and over; the last epoch is on the full grid.
        axes: axes of the grid: on a grid halved once a step takes 2^axes times the samples, so that
            it costs about the same.
        key: source of the order, drawn anew for each epoch; what fills no batch waits for the next.

    Raises:
        OptionError: a batch is larger than the set.
    """

    count: int
    size: int
    epochs: int
    cycle: tuple[int, ...]
    axes: int
    key: Key
    ends: np.ndarray = field(init=False)
    _order: tuple[int, np.ndarray] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.size > self.count:
            got = f"{self.size} of {self.count}"
            raise OptionError(
                "a batch within the set", got, "Take smaller batches or more samples."
            )
        steps = [self.count // self._size(self.halvings(e)) for e in range(self.epochs)]
        self.ends = np.cumsum(steps)

    def __len__(self) -> int:
        return int(self.ends[-1])

    def halvings(self, epoch: int) -> int:
        """Return how often the grid is halved in an epoch."""
        return 0 if epoch == self.epochs - 1 else self.cycle[epoch % len(self.cycle)]

    def _size(self, halvings: int) -> int:
        return min(self.size * 2 ** (self.axes * halvings), self.count)

    def at(self, step: int) -> Batch:
        """Return a step by its number: nothing has to be remembered to go on from one."""
        epoch = int(np.searchsorted(self.ends, step, side="right"))
        i = step - (int(self.ends[epoch - 1]) if epoch else 0)
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, generator(self.key, 71, epoch).permutation(self.count)
        halvings = self.halvings(epoch)
        size = self._size(halvings)
        rows = self._order[1][i * size : (i + 1) * size]
        return Batch(epoch, halvings, rows, step + 1 == int(self.ends[epoch]))
