"""Branches that read several parts: of other resolutions, pooled, or a mixture of candidates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._correlation import Edge
from residuum.blocks._levels import resized
from residuum.blocks._pointwise import Pointwise, pointwise
from residuum.blocks.reversible._bottleneck import InvertedBottleneck, inverted_bottleneck


class GridBranch(eqx.Module):
    """A branch that is told the grid of the part that it is added to."""

    @abstractmethod
    def __call__(self, *others: Array, shape: tuple[int, ...]) -> Array:
        """Return (n, *shape, channels) of the other parts."""


class Fusion(GridBranch):
    """body(Σ_j mix_j(x_j on the grid of this part)) over some of the other parts.

    Args:
        reads: which of the other parts are read.
        mixes: maps of their channels, one for each.
        body: a branch on the grid of this part.
        edges: what lies beyond the sides of each axis.
    """

    reads: tuple[int, ...] = eqx.field(static=True)
    mixes: tuple[Pointwise, ...]
    body: InvertedBottleneck
    edges: tuple[Edge, ...] = eqx.field(static=True)

    def __call__(self, *others: Array, shape: tuple[int, ...]) -> Array:
        total = None
        for j, mix in zip(self.reads, self.mixes, strict=True):
            x = others[j]
            # The narrower of both grids mixes channels.
            fewer = x.shape[1] <= shape[0]
            x = resized(mix(x), shape, self.edges) if fewer else mix(resized(x, shape, self.edges))
            total = x if total is None else total + x
        assert total is not None
        return self.body(total)


def fusion(
    own: int,
    widths: dict[int, int],
    edges: tuple[Edge, ...],
    key: Array,
    *,
    expansion: int = 2,
    gain: float = 0.5,
) -> Fusion:
    """Return a trained fusion.

    Args:
        own: channels of the part it is added to.
        widths: channels of the other parts that are read, by their place among the others.
        edges: what lies beyond the sides of each axis.
        key: of the weights.
        expansion, gain: as of ``inverted_bottleneck``.
    """
    first, *keys = jax.random.split(key, 1 + len(widths))
    mixes = tuple(
        pointwise(width, own, item) for width, item in zip(widths.values(), keys, strict=True)
    )
    body = inverted_bottleneck(own, edges, first, expansion=expansion, gain=gain)
    return Fusion(tuple(widths), mixes, body, edges)


class Pooled(eqx.Module):
    """A branch of the largest or the mean of all other parts, entry by entry.

    Args:
        body: a function of one part.
        how: ``"max"`` or ``"mean"``.
    """

    body: Any
    how: Literal["max", "mean"] = eqx.field(static=True, default="max")

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "reversible-transformer-darts",
            "Memory-Efficient Differentiable Transformer Architecture Search",
            "Y. Zhao, L. Dong, Y. Shen, Z. Zhang, F. Wei, W. Chen",
            2021,
            "arXiv:2105.14669",
            "verified",
        ),
    )

    def __check_init__(self) -> None:
        if self.how not in ("max", "mean"):
            raise OptionError("'max' or 'mean'", repr(self.how), "Choose one.")

    def __call__(self, *others: Array) -> Array:
        stacked = jnp.stack(others)
        found: Array = self.body(stacked.max(0) if self.how == "max" else stacked.mean(0))
        return found


class Mixture(eqx.Module):
    """Σ_o softmax(logits)_o · candidate_o(x): what a differentiable search trains.

    Args:
        candidates: functions of one part.
        logits: shape (candidates,).
    """

    candidates: tuple[Callable[[Array], Array], ...]
    logits: Array

    def __call__(self, x: Array) -> Array:
        weights = jax.nn.softmax(self.logits)
        terms = (w * item(x) for w, item in zip(weights, self.candidates, strict=True))
        return sum(terms, jnp.zeros(()))
