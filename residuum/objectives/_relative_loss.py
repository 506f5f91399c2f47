"""Parts of a loss weighed by how little they have fallen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import Field, OptionError, Source
from residuum.objectives._balance import Balance, weighed, weights_of
from residuum.objectives._inferred import Inferred
from residuum.objectives._points import squares
from residuum.objectives._rows import Rows


@dataclass(frozen=True)
class RelativeLoss(Balance):
    """λ̂_i(s) = m softmax_i(L_i(now) / (T L_i(s))): parts that lag behind get more weight.

    λ ← a (ρ λ + (1 - ρ) λ̂(first round)) + (1 - a) λ̂(round before), for m parts. The paper draws the
    look back to the first round at random with the mean 1 - ρ; here that mean is taken.

    Args:
        memory: a.
        temperature: T; small values single out the part that lags most.
        saved: ρ.
    """

    memory: float = 0.9
    temperature: float = 1.0
    saved: float = 0.9

    name: ClassVar[str] = "relative_loss"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "relative-loss-balancing",
            "Multi-Objective Loss Balancing for Physics-Informed Deep Learning",
            "R. Bischof, M. A. Kraus",
            2021,
            "arXiv:2110.09813",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not (0 <= self.memory < 1 and 0 <= self.saved <= 1 and self.temperature > 0):
            wanted = "0 <= memory < 1, 0 <= saved <= 1, temperature > 0"
            raise OptionError(wanted, repr(self), "Correct them.")

    def weigh(
        self,
        trained: tuple[Field, Inferred],
        rows: Sequence[Rows],
        before: Sequence[Rows] | None = None,
    ) -> list[Rows]:
        now = np.array([_half(item, trained) for item in rows])
        old = weights_of(before, rows)
        if old is None or before is None or any(item.seen is None for item in before):
            first, weight = now, np.ones(len(rows))
        else:
            first, last = np.array([np.asarray(item.seen) for item in before]).T
            kept = self.saved * old**2 + (1 - self.saved) * self._share(now, first)
            weight = self.memory * kept + (1 - self.memory) * self._share(now, last)
        found = []
        for item, w, a, b in zip(rows, weight, first, now, strict=True):
            noted = weighed(item, float(np.sqrt(w)))
            found.append(
                eqx.tree_at(
                    lambda r: r.seen, noted, jnp.array([a, b]), is_leaf=lambda leaf: leaf is None
                )
            )
        return found

    def _share(self, now: np.ndarray, then: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            ratio = now / then / self.temperature
        if not np.isfinite(ratio).all():
            return np.ones(len(now))
        power = np.exp(ratio - ratio.max())
        share: np.ndarray = len(now) * power / power.sum()
        return share


def _half(rows: Rows, trained: tuple[Field, Inferred]) -> float:
    return float(jnp.sum(squares(rows, *trained))) / 2
