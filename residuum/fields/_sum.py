"""Fields added up: an answer and its correction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
from jax import Array

from residuum._core import DataError, Field, Index, Jet, closure


@final
class SumField(Field):
    """The sum of fields of the same unknowns.

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
        every = closure([*indices, (0,) * points.shape[1]])
        jets = [part.jet(points, every) for part in self.parts]
        total = Jet({index: jets[0].parts[index] for index in every})
        for jet in jets[1:]:
            total = total + Jet({index: jet.parts[index] for index in every})
        return total

    def numeric(self, points: np.ndarray) -> np.ndarray | None:
        """Return the values in NumPy where every part can."""
        found = [part.numeric(points) for part in self.parts]
        known = [values for values in found if values is not None]
        return np.sum(known, axis=0) if len(known) == len(found) else None

    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray] | None:
        """Return derivatives in NumPy where every part can."""
        found = []
        for part in self.parts:
            table = part.numeric_derivatives(points, indices)
            if table is None:
                return None
            found.append(table)
        return {index: np.sum([table[index] for table in found], axis=0) for index in indices}

    def finite(self) -> bool | None:
        """Whether every part is finite, where all can tell."""
        found = [part.finite() for part in self.parts]
        if any(known is False for known in found):
            return False
        return True if all(found) else None
