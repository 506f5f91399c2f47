"""Reversible pyramids and columns: parts on several grids that are fused and can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._correlation import Edge
from residuum.blocks.reversible._coupling import Coupling, Factor
from residuum.blocks.reversible._fusion import Fusion, fusion
from residuum.blocks.reversible._invertible import Composed, Invertible


@final
@dataclass(frozen=True)
class ReversiblePyramid:
    """Silos: y_j += D_ij(x_i) for finer i, then y_j += U_ij(x_i) for coarser i.

    Every diagonal is 1, so that rounding is not amplified at any depth: the first choice of
    reversible networks on several grids.

    Args:
        widths: channels of each grid, finest first; two or more.
        silos: how often both passes are made.
        expansion: factor of the channels inside a branch.

    Raises:
        OptionError: fewer than two grids, or no silo.
    """

    widths: tuple[int, ...] = (8, 16, 32)
    silos: int = 4
    expansion: int = 2

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "rev-bifpn",
            "RevBiFPN: The Fully Reversible Bidirectional Feature Pyramid Network",
            "V. Chiley, V. Thangarasa, A. Gupta, A. Samar, J. Hestness, D. DeCoste",
            2022,
            "arXiv:2206.14098",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or min(self.widths) < 1 or self.silos < 1 or self.expansion < 1:
            got = f"widths {self.widths}, {self.silos} silos"
            raise OptionError("two grids or more and a silo or more", got, "(8, 16), 4.")

    def couplings(self, edges: tuple[Edge, ...], key: Array) -> list[Invertible]:
        """Return the steps of a stack for one part (n, *grid, width) per grid."""
        return [self._silo(edges, item) for item in jax.random.split(key, self.silos)]

    def _silo(self, edges: tuple[Edge, ...], key: Array) -> Invertible:
        count = len(self.widths)
        keys = jax.random.split(key, 2 * count)
        down = [None if k == 0 else self._fusion(k, range(k), edges, keys[k]) for k in range(count)]
        up = [
            None if k == count - 1 else self._fusion(k, range(k + 1, count), edges, keys[count + k])
            for k in range(count)
        ]
        order = tuple(reversed(range(count)))
        return Composed((Coupling(tuple(down)), Coupling(tuple(up), order=order)))

    def _fusion(self, own: int, reads: range, edges: tuple[Edge, ...], key: Array) -> Fusion:
        # Among the others, places after the own one move up by one.
        widths = {j - (j > own): self.widths[j] for j in reads}
        return fusion(
            self.widths[own], widths, edges, key, expansion=self.expansion, gain=0.5 / self.silos
        )


@final
@dataclass(frozen=True)
class ReversibleColumns:
    """x_t^l = F(down(x_t^{l-1}) + up(x_{t-1}^{l+1})) + γ_l x_{t-1}^l: columns of levels.

    Levels are grids, a column is like a V-cycle. With γ below 1 rounding grows by 1 / γ with every
    column: at the start 0.5, eight columns are safe in float32; a stack tests that, and puts in
    checkpoints beyond it.

    Args:
        widths: channels of each level, finest first; two or more.
        columns: how many.
        factor: γ at the start, trained per channel, never below 1e-3.
        expansion: factor of the channels inside a branch.

    Raises:
        OptionError: fewer than two levels, no column, or a factor below 1e-3.
    """

    widths: tuple[int, ...] = (8, 16, 32)
    columns: int = 4
    factor: float = 0.5
    expansion: int = 2

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "revcol",
            "Reversible Column Networks",
            "Y. Cai, Y. Zhou, Q. Han, J. Sun, X. Kong, J. Li, X. Zhang",
            2022,
            "arXiv:2212.11696",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or min(self.widths) < 1 or self.columns < 1 or self.expansion < 1:
            got = f"widths {self.widths}, {self.columns} columns"
            raise OptionError("two levels or more and a column or more", got, "(8, 16), 4.")
        Factor(jnp.full(1, self.factor))

    def couplings(self, edges: tuple[Edge, ...], key: Array) -> list[Invertible]:
        """Return the steps of a stack for one part (n, *grid, width) per level."""
        return [self._column(edges, item) for item in jax.random.split(key, self.columns)]

    def _column(self, edges: tuple[Edge, ...], key: Array) -> Invertible:
        last = len(self.widths) - 1
        levels = []
        for k, item in enumerate(jax.random.split(key, last + 1)):
            # The level below, already new, and the one above, still of the column before.
            near = {k - 1: self.widths[k - 1]} if k else {}
            if k < last:
                near[k] = self.widths[k + 1]
            levels.append(fusion(self.widths[k], near, edges, item, expansion=self.expansion))
        scales = tuple(Factor(jnp.full(width, self.factor)) for width in self.widths)
        return Coupling(tuple(levels), scales)
