"""The mean of several answers, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from residuum._core import DataError, Field, Index, Jet, double_precision
from residuum.fields._sum import SumField


@final
class MeanField(Field):
    """The mean of fields of the same unknowns, with their spread.

    Args:
        parts: one field or more.

    Raises:
        DataError: there are no parts, or they are no fields.
    """

    parts: tuple[Field, ...]

    def __check_init__(self) -> None:
        if not self.parts or not all(isinstance(part, Field) for part in self.parts):
            raise DataError("one field or more", str(self.parts), "Give fields.")

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d)."""
        return SumField(self.parts).jet(points, indices) * (1 / len(self.parts))

    def spread(self, points: ArrayLike) -> np.ndarray:
        """Return the standard deviation over the parts, (n, d) to (n, m): an indication, no bound.

        Parts that share an error, such as too few points for all of them, agree on it.
        """
        with double_precision():
            values = np.stack([np.asarray(part(jnp.asarray(points))) for part in self.parts])
        apart: np.ndarray = values.std(axis=0, ddof=min(1, len(self.parts) - 1))
        return apart

    def numeric(self, points: np.ndarray) -> np.ndarray | None:
        """Return the values in NumPy where every part can."""
        found = SumField(self.parts).numeric(points)
        return None if found is None else found / len(self.parts)

    def finite(self) -> bool | None:
        """Whether every part is finite, where all can tell."""
        return SumField(self.parts).finite()
