"""i-RevNet: additive couplings between invertible changes of resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._correlation import Edge
from residuum.blocks.reversible._bottleneck import inverted_bottleneck
from residuum.blocks.reversible._coupling import Coupling
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._permutation import SpaceToDepth, Widening


@final
@dataclass(frozen=True)
class IRevNet:
    """(x_1, x_2) -> (x_1 + F(x_2), x_2 + G(y_1)); blocks of nodes become channels between stages.

    Nothing of the input is lost until the last projection: the whole network is a bijection (with
    ``widening``: an injection). Two branches are two steps of the published (x_2, x_1 + F(x_2)).

    Good for maps whose answer needs all of the input; the width is given by the input and the
    changes of resolution, so that fine grids of few channels are thin (``widening`` helps). Sides
    must be even at every change.

    Args:
        blocks: couplings of each stage; 2^d times the channels and half the grid between stages.
        expansion: factor of the channels inside a branch.
        widening: channels of zeros beside those of each stream at the start.

    Raises:
        OptionError: a stage has no block.
    """

    blocks: tuple[int, ...] = (2, 2, 2)
    expansion: int = 2
    widening: int = 0

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "i-revnet",
            "i-RevNet: Deep Invertible Networks",
            "J.-H. Jacobsen, A. Smeulders, E. Oyallon",
            2018,
            "arXiv:1802.07088",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not self.blocks or min(self.blocks) < 1 or self.widening < 0 or self.expansion < 1:
            got = f"{self.blocks}, expansion {self.expansion}, widening {self.widening}"
            raise OptionError("blocks in every stage, no negative widening", got, "(2, 2, 2).")

    def couplings(self, channels: int, edges: tuple[Edge, ...], key: Array) -> list[Invertible]:
        """Return the steps of a stack for states (x_1, x_2) of (n, *grid, channels) each."""
        found: list[Invertible] = [Widening(self.widening)] if self.widening else []
        width, total = channels + self.widening, 2 * sum(self.blocks)
        keys = iter(jax.random.split(key, total))
        for stage, blocks in enumerate(self.blocks):
            if stage:
                found.append(SpaceToDepth())
                width *= 2 ** len(edges)
            for _ in range(blocks):
                pair = tuple(
                    inverted_bottleneck(
                        width, edges, next(keys), expansion=self.expansion, gain=1 / total
                    )
                    for _ in range(2)
                )
                found.append(Coupling(pair))
        return found
