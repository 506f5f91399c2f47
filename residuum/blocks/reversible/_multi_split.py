"""Splits of the features that are updated in turn, each by what the others hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

import jax
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks.reversible._coupling import Coupling
from residuum.blocks.reversible._fusion import Pooled
from residuum.blocks.reversible._invertible import Invertible


@final
@dataclass(frozen=True)
class MultiSplit:
    """y_k = x_k + G_k(pool(x_{>k}, y_{<k})) for n parts of equal shape.

    With a ``Mixture`` of candidates for G_k a differentiable search needs the memory of one layer.

    Args:
        splits: n, two or more.
        layers: couplings in turn.
        pool: ``"max"`` (slightly better in the source) or ``"mean"``.

    Raises:
        OptionError: fewer than two splits or one layer.
    """

    splits: int = 2
    layers: int = 4
    pool: Literal["max", "mean"] = "max"

    sources: ClassVar[tuple[Source, ...]] = Pooled.sources

    def __post_init__(self) -> None:
        if self.splits < 2 or self.layers < 1:
            got = f"{self.splits} splits, {self.layers} layers"
            raise OptionError("two splits or more and a layer or more", got, "2 and 4.")

    def couplings(self, branch: Callable[[Array], Any], key: Array) -> list[Invertible]:
        """Return the steps of a stack for a state of n parts.

        Args:
            branch: from a key to G_k.
            key: of the weights.
        """
        keys = jax.random.split(key, (self.layers, self.splits))
        return [Coupling(tuple(Pooled(branch(item), self.pool) for item in row)) for row in keys]
