"""What an operator is trained on: functions on a grid, and the answers to them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from residuum._core import DataError
from residuum.blocks import Edge
from residuum.datasets._layout import Layout


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs and outputs of solved members of one family.

    Args:
        inputs: shape (n, *grid, channels in). A number is a constant channel.
        outputs: shape (n, *grid, channels out), or (n, times, *grid, channels out).
        axes: coordinates of the nodes along each axis of the grid.
        edges: what lies beyond each axis: ``"zero"``, ``"copy"`` or ``"wrap"``.
        input_names: names of the channels in.
        output_names: names of the channels out: the unknowns.
        times: moments of the outputs, for evolving problems.
        errors: the solver's own estimate of each label's relative error, (n,); NaN where unknown.
        family: text of the statement that every sample is a member of.
        seconds: wall time that making them took; NaN where unknown.

    Raises:
        DataError: shapes do not fit, or a value is not finite; the message names the samples.
    """

    inputs: np.ndarray
    outputs: np.ndarray
    axes: tuple[np.ndarray, ...]
    edges: tuple[Edge, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    times: np.ndarray | None = None
    errors: np.ndarray | None = None
    family: str = field(default="")
    seconds: float = math.nan

    def __post_init__(self) -> None:
        grid = self.shape
        moments = () if self.times is None else (len(self.times),)
        wanted_in = (len(self.inputs), *grid, len(self.input_names))
        wanted_out = (len(self.inputs), *moments, *grid, len(self.output_names))
        for what, found, wanted in (
            ("inputs", self.inputs.shape, wanted_in),
            ("outputs", self.outputs.shape, wanted_out),
        ):
            if found != wanted:
                raise DataError(f"{what} of shape {wanted}", str(found), "Check axes and names.")
        if len(self.edges) != len(grid):
            raise DataError("an edge per axis", str(self.edges), "Name what lies beyond each.")
        for what, values in (("inputs", self.inputs), ("outputs", self.outputs)):
            wrong = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
            if wrong.any():
                first = np.flatnonzero(wrong)[:5].tolist()
                got = f"NaN or infinity in {int(wrong.sum())} samples, the first {first}"
                raise DataError(f"finite {what}", got, "Leave those samples out.")

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def shape(self) -> tuple[int, ...]:
        """Nodes along each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def layout(self) -> Layout:
        """Grid, channels, moments and statement, without the values."""
        names = self.input_names, self.output_names
        return Layout(self.axes, self.edges, *names, self.times, self.family)

    def coarser(self, halvings: int) -> Samples:
        """Return the same samples on every 2^halvings-th node.

        Raises:
            OptionError: an axis cannot be halved so often and keep its ends.
        """
        cuts = self.layout.strides(halvings)
        before = (slice(None),) * (1 if self.times is None else 2)
        return replace(
            self,
            inputs=self.inputs[(slice(None), *cuts)],
            outputs=self.outputs[(*before, *cuts)],
            axes=self.layout.coarser(halvings).axes,
        )

    def take(self, which: Any) -> Samples:
        """Return some of the samples: a slice or an array of numbers."""
        errors = None if self.errors is None else self.errors[which]
        return replace(self, inputs=self.inputs[which], outputs=self.outputs[which], errors=errors)
