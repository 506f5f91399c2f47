"""The protocol of operators: functions on a grid to functions on a grid."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Edge, Stage
from residuum.datasets import Layout


@dataclass(frozen=True)
class GridFrame:
    """Where an operator works.

    Args:
        inputs: channels it reads at every node.
        outputs: channels it gives at every node.
        shape: nodes along each axis of the grid that it is trained on. A periodic axis leaves its
            last end out; other axes hold both ends.
        lengths: physical length of each axis.
        edges: what lies beyond the sides of each axis: ``"zero"`` (held), ``"copy"`` (insulated) or
            ``"wrap"`` (periodic).
        times: moments at which an evolving answer is given, 0 for a steady one.

    Raises:
        OptionError: a number below one, or as many axes are not given everywhere.
    """

    inputs: int
    outputs: int
    shape: tuple[int, ...]
    lengths: tuple[float, ...]
    edges: tuple[Edge, ...]
    times: int = 0

    def __post_init__(self) -> None:
        counts = (self.inputs, self.outputs, *self.shape)
        whole = all(isinstance(item, int | np.integer) and item > 0 for item in counts)
        if not whole or not self.shape or self.times < 0:
            raise OptionError("channels and nodes of one or more", str(counts), "Correct them.")
        if not len(self.shape) == len(self.lengths) == len(self.edges):
            got = f"{self.shape}, {self.lengths}, {self.edges}"
            raise OptionError("nodes, a length and an edge per axis", got, "Give as many of each.")

    @staticmethod
    def of(layout: Layout) -> GridFrame:
        """Return the frame of samples."""
        return GridFrame(
            len(layout.input_names),
            len(layout.output_names),
            layout.shape,
            layout.lengths,
            layout.edges,
            0 if layout.times is None else len(layout.times),
        )


class Operator(Stage):
    """Functions on a grid to functions on the same grid.

    JAX arrays in it are trained, NumPy arrays are constants. A grid other than the one trained on
    is taken where ``any_grid`` says so. ``in_pieces`` says whether its gradient is fast in a
    compiled loop over a few samples at a time; those of convolutions are not. An operator is a
    stage, and gives its own ``stages`` where it has some.
    """

    any_grid: ClassVar[bool] = True
    in_pieces: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, *grid, outputs), or (n, times, *grid, outputs)."""


class OperatorArchitecture(ABC):
    """Recipe of an operator. Final subclasses are frozen dataclasses of their options."""

    name: ClassVar[str]
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def build(self, frame: GridFrame, key: Key) -> Operator:
        """Return the operator before training, in float32.

        Raises:
            OptionError: the recipe cannot work on such a grid; the message says why.
        """
