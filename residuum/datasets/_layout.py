"""How samples lie: grid, channels and moments, without their values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from residuum._core import OptionError
from residuum.blocks import Edge


@dataclass(frozen=True, eq=False)
class Layout:
    """Grid, channels, moments and statement of samples; see ``Samples`` for the arguments.

    Args:
        axes: coordinates of the nodes along each axis.
        edges: what lies beyond each axis.
        input_names: names of the channels in.
        output_names: names of the channels out.
        times: moments of the outputs; ``None`` for steady ones.
        family: text of the statement.
    """

    axes: tuple[np.ndarray, ...]
    edges: tuple[Edge, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    times: np.ndarray | None = None
    family: str = field(default="")

    @property
    def shape(self) -> tuple[int, ...]:
        """Nodes along each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def lengths(self) -> tuple[float, ...]:
        """Physical length of each axis; a periodic one is a step longer than its nodes."""
        found = []
        for axis, edge in zip(self.axes, self.edges, strict=True):
            span = float(axis[-1] - axis[0])
            step = span / (len(axis) - 1) if len(axis) > 1 else 1.0
            found.append(span + step if edge == "wrap" else max(span, step))
        return tuple(found)

    def strides(self, halvings: int) -> tuple[slice, ...]:
        """Return the slices that leave every 2^halvings-th node of each axis.

        Raises:
            OptionError: an axis cannot be halved so often and keep its ends.
        """
        step = 2**halvings
        for count, edge in zip(self.shape, self.edges, strict=True):
            steps = count if edge == "wrap" else count - 1
            if steps % step or steps // step < 2:
                wanted = f"{'nodes' if edge == 'wrap' else 'steps'} that divide by {step}"
                raise OptionError(wanted, str(self.shape), "Halve the grid less often.")
        return tuple(slice(None, None, step) for _ in self.axes)

    def coarser(self, halvings: int) -> Layout:
        """Return the same with a grid halved some times."""
        cuts = self.strides(halvings)
        return replace(self, axes=tuple(a[c] for a, c in zip(self.axes, cuts, strict=True)))

    @property
    def cell(self) -> float:
        """Volume that a node stands for."""
        return math.prod(self.lengths) / math.prod(self.shape)
