"""A block as a stage of a field: it carries jets."""

from __future__ import annotations

from typing import final

from residuum._core import Jet
from residuum.blocks._abstract import Block
from residuum.blocks._stage import Capability, Stage


@final
class Jets(Stage):
    """A block between jets, one for every time the field is asked for something.

    A residual is a function of the jets of the field, so that its gradient by them is an ordinary
    error of an output. An elementwise block is elementwise in jets as numbers of their own kind:
    coefficients of one jet mix.

    Args:
        block: what carries them.
    """

    block: Block

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.block.capabilities

    def __call__(self, state: tuple[Jet, ...]) -> tuple[Jet, ...]:
        return tuple(self.block.jet(jet) for jet in state)
