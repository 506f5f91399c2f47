"""Weights that let later times wait for earlier ones. Patented: read the notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Field, OptionError, Source
from residuum.objectives._balance import Balance, weighed
from residuum.objectives._inferred import Inferred
from residuum.objectives._points import squares
from residuum.objectives._rows import Rows

NOTICE = (
    "causal weights: the authors' repository states that the algorithm is patented by the "
    "University of Pennsylvania and not for commercial use (CC BY-NC-SA 4.0); slabs of time, "
    "marching, growing windows and Lagrangian coordinates are free of that"
)
"""What the record says of every answer trained with these weights."""


@dataclass(frozen=True)
class CausalWeights(Balance):
    """Residuals of the k-th of N slices of time weigh w_k = exp(-ε Σ_{j<k} L_j).

    **Notice.** The repository of the authors states that the algorithm is patented by the
    University of Pennsylvania and is not for commercial use, under CC BY-NC-SA 4.0. It is offered
    for comparison, is never chosen by default, and every record of its use carries this notice.
    ``TimeSlabs``, ``TimeMarching``, ``GrowingTime`` and ``Lagrangian`` are free of it.

    L_j is the mean square of the residual in slice j, against the size of the terms. Only rows of
    equations are weighted; w is a constant between two draws.

    Args:
        steepness: ε. Good starting values: 1 to 100, larger the smaller the residual should be
            before later slices count.
        slices: N; 16 to 32 is usual.

    It breaks on problems whose end of time is given, and where ε is too large: nothing then ever
    counts but the first slice.
    """

    steepness: float = 10.0
    slices: int = 16

    name: ClassVar[str] = "causal_weights"
    notice: ClassVar[str] = NOTICE
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "causal-pinn",
            "Respecting causality is all you need for training physics-informed neural networks",
            "S. Wang, S. Sankaran, P. Perdikaris",
            2022,
            "arXiv:2203.07404",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not self.steepness > 0 or self.slices < 1:
            wanted = "a steepness above 0 and one slice or more"
            raise OptionError(wanted, repr(self), "Correct them.")

    def weigh(
        self,
        trained: tuple[Field, Inferred],
        rows: Sequence[Rows],
        before: Sequence[Rows] | None = None,
    ) -> list[Rows]:
        return [self._weighed(trained, r) if r.name == "equations" else r for r in rows]

    def _weighed(self, trained: tuple[Field, Inferred], rows: Rows) -> Rows:
        times = np.asarray(rows.points)[:, 0]
        n = len(times)
        # Rows carry 1/√n, so that squares add up to a mean.
        mean = np.asarray(squares(rows, *trained)) * n
        edges = np.linspace(times.min(), times.max(), self.slices + 1)
        place = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, self.slices - 1)
        counts = np.bincount(place, minlength=self.slices)
        sums = np.bincount(place, weights=mean, minlength=self.slices)
        losses = sums / np.maximum(counts, 1)
        earlier = np.concatenate([[0.0], np.cumsum(losses)[:-1]])
        weights = np.exp(-self.steepness * np.where(np.isfinite(earlier), earlier, np.inf))
        # A rule minimises squares: each row gets the root of its weight.
        return weighed(rows, jnp.asarray(np.sqrt(weights[place])))
