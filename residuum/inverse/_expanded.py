"""Residual rows of a field of fixed features: tabled once, then linearised for any numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import LinearField
from residuum.objectives import Rows
from residuum.problem import Pointwise


@eqx.filter_jit
def _expression(
    at: Pointwise, points: Any, slots: Any, normals: Any, numbers: Any
) -> tuple[Any, Any, Any]:
    """Return an expression at points, its slopes by every slot, and by every number."""
    values = dict(zip(at.slots, slots, strict=True))

    def alone(inner: Any) -> Any:
        return at(points, values, normals=normals, parameters=inner)

    slopes = at.slopes(points, values, normals=normals, parameters=numbers)
    return alone(numbers), [slopes[s] for s in at.slots], jax.jacfwd(alone)(numbers)


@final
class Expanded:
    """Rows of a field c ↦ features · c + offset whose features do not move.

    Args:
        rows: the rows.
        field: gives features and offset; its coefficients take no part.
    """

    def __init__(self, rows: Rows, field: LinearField) -> None:
        self.rows, (k, self.width) = rows, field.head.shape
        self.size, self.tables = k * self.width, dict[Any, tuple[np.ndarray, np.ndarray]]()
        slots = {slot for at in rows.at for slot in at.slots}
        for j in sorted({component for component, _ in slots}):
            features = field.features(rows.points, rows.indices, j)
            offset = field.offset(rows.points, rows.indices, j)
            for index in {i for component, i in slots if component == j}:
                self.tables[j, index] = (
                    np.asarray(features.derivative(index)),
                    np.asarray(offset.derivative(index))[:, 0],
                )

    def linearised(
        self, head: np.ndarray, numbers: Mapping[str, float], *, whole: bool = True
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Return residual (count,), its derivatives by the coefficients (count, K·m) and by the
        numbers (count, p); without ``whole`` the residual alone."""
        values, matrices, slopes = [], [], []
        given = {name: jnp.asarray(value, float) for name, value in numbers.items()}
        for at in self.rows.at:
            slots = [self.tables[s][0] @ head[:, s[0]] + self.tables[s][1] for s in at.slots]
            found, by_slot, by_number = _expression(
                at, self.rows.points, slots, self.rows.normals, given
            )
            values.append(np.asarray(found))
            if whole:
                matrices.append(self._matrix(at, by_slot))
                slopes.append(np.stack([np.asarray(by_number[n]) for n in given], axis=1))
        target = 0.0 if self.rows.target is None else np.asarray(self.rows.target)
        residual = self._weigh((np.stack(values) - target)[:, :, None])[:, 0]
        if not whole:
            return residual, None, None
        return residual, self._weigh(np.stack(matrices)), self._weigh(np.stack(slopes))

    def traced(self, head: Any, numbers: Mapping[str, Any]) -> Any:
        """Return the residual (count,) of coefficients and numbers that JAX traces."""
        values = []
        for at in self.rows.at:
            slots = {s: self.tables[s][0] @ head[:, s[0]] + self.tables[s][1] for s in at.slots}
            points, normals = self.rows.points, self.rows.normals
            values.append(at(points, slots, normals=normals, parameters=numbers))
        target = 0.0 if self.rows.target is None else self.rows.target
        return self._weigh((jnp.stack(values) - target)[:, :, None])[:, 0]

    def _matrix(self, at: Pointwise, by_slot: list[Any]) -> np.ndarray:
        n = self.rows.points.shape[0]
        found = np.zeros((n, self.size // self.width, self.width))
        for (j, index), slope in zip(at.slots, by_slot, strict=True):
            found[:, :, j] += np.asarray(slope)[:, None] * self.tables[j, index][0]
        return found.reshape(n, self.size)

    def _weigh(self, found: Any) -> Any:
        """Scale rows (expressions, n, anything) and average their groups, as the rows say."""
        factor, groups = np.asarray(self.rows.factor), self.rows.groups
        if groups:
            found = found.reshape(len(found), groups, -1, found.shape[2]).mean(axis=2)
            found = found * factor.reshape(-1, 1, 1)
        else:
            found = found * np.broadcast_to(factor, found.shape[:2])[:, :, None]
        return found.reshape(-1, found.shape[2])
