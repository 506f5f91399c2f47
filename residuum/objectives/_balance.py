"""The protocol of everything that weighs the parts of a loss against each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, Source
from residuum.objectives._inferred import Inferred
from residuum.objectives._rows import Rows


class Balance(ABC):
    """How parts of a loss are weighed. Final subclasses are frozen dataclasses of their options.

    It is asked at every draw. The residual by which training is judged and the best weights are
    kept is measured without it, so that it cannot make an answer look better than it is. What
    stands in ``notice`` goes into the record of every answer trained with it.
    """

    name: ClassVar[str]
    notice: ClassVar[str] = ""
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def weigh(
        self,
        trained: tuple[Field, Inferred],
        rows: Sequence[Rows],
        before: Sequence[Rows] | None = None,
    ) -> list[Rows]:
        """Return the same rows with other factors.

        Args:
            trained: the field and the inferred parameters as they stand.
            rows: fresh rows with the factors of the objective.
            before: the rows of the round before as they were weighed, in the same order; ``None``
                at the first. ``weights_of`` reads the weights out of them.
        """


def weighed(rows: Rows, weight: float | Array) -> Rows:
    """Return rows whose factors are multiplied by a weight, one or per point."""
    return eqx.tree_at(lambda item: item.factor, rows, jnp.asarray(rows.factor) * weight)


def weights_of(before: Sequence[Rows] | None, rows: Sequence[Rows]) -> np.ndarray | None:
    """Return the mean weight of each part in the round before, or ``None`` if it had other parts.

    Factors hold one over the root of the number of points; that is taken out.
    """
    if before is None or [item.name for item in before] != [item.name for item in rows]:
        return None
    found = []
    for old, new in zip(before, rows, strict=True):
        a, b = (float(jnp.mean(item.factor)) * np.sqrt(item.count) for item in (old, new))
        found.append(a / b)
    return np.array(found)
