"""One field per stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Field, Index, Jet, closure, double_precision


@eqx.filter_jit
def _jet(field: Field, points: Array, indices: tuple[Index, ...]) -> Jet:
    return field.jet(points, indices)


def _concrete(array: Any) -> bool:
    """Whether an array has numbers, which it has not while a program is traced."""
    return not isinstance(array, jax.core.Tracer)


@final
class SlabField(Field):
    """f_k(t, x) for t between knot k and the next; before the first and after the last, the end.

    Args:
        knots: ends of the stretches of time, increasing, shape (slabs + 1,).
        parts: one field per stretch.

    At an inner knot the later part counts. Values are continuous where each part begins from the
    one before; time derivatives jump there by as much as the residuals of the two parts differ.

    Raises:
        DataError: the knots do not increase, or their number does not fit.
    """

    knots: np.ndarray
    parts: tuple[Field, ...]

    def __check_init__(self) -> None:
        if np.shape(self.knots) != (len(self.parts) + 1,) or not self.parts:
            got = f"knots of shape {np.shape(self.knots)} and {len(self.parts)} parts"
            raise DataError("one more knot than parts", got, "Give both ends of every part.")
        if isinstance(self.knots, np.ndarray) and not (np.diff(self.knots) > 0).all():
            raise DataError("increasing knots", str(self.knots), "Sort them.")

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        if not (_concrete(points) and _concrete(self.knots)):
            return self._everywhere(jnp.asarray(points), wanted)
        return self._sorted(np.asarray(points), wanted)

    def place(self, times: Array) -> Array:
        """Return the number of the part that counts at each time."""
        found: Array = jnp.searchsorted(jnp.asarray(self.knots), times, side="right") - 1
        return jnp.clip(found, 0, len(self.parts) - 1)

    def _everywhere(self, points: Array, wanted: tuple[Index, ...]) -> Jet:
        """Evaluate every part at every point: what can be traced."""
        place = self.place(points[:, 0])[:, None]
        total: dict[Index, Array | None] = {}
        for k, part in enumerate(self.parts):
            jet = part.jet(points, wanted)
            for index in wanted:
                mine = jet.parts[index]
                filled = jnp.zeros_like(jet.value) if mine is None else mine
                old = total.get(index)
                total[index] = filled if old is None else jnp.where(place == k, filled, old)
        return Jet(total)

    def _sorted(self, points: np.ndarray, wanted: tuple[Index, ...]) -> Jet:
        """Evaluate each part where it counts, in batches of few sizes: each size compiles once."""
        place = np.asarray(self.place(jnp.asarray(points[:, 0])))
        found: dict[Index, np.ndarray] = {}
        for k in np.unique(place) if len(place) else (0,):
            rows = np.flatnonzero(place == k)
            size = 1 << max(int(np.ceil(np.log2(max(len(rows), 1)))), 4)
            batch = np.zeros((size, points.shape[1]), points.dtype)
            batch[: len(rows)] = points[rows]
            batch[len(rows) :] = points[rows[-1]] if len(rows) else self.knots[0]
            jet = _jet(self.parts[int(k)], jnp.asarray(batch), wanted)
            for index in wanted:
                mine = jnp.zeros_like(jet.value) if jet.parts[index] is None else jet.parts[index]
                full = np.broadcast_to(np.asarray(mine), jet.value.shape)
                if index not in found:
                    found[index] = np.zeros((len(points), full.shape[1]), full.dtype)
                found[index][rows] = full[: len(rows)]
        return Jet({index: jnp.asarray(values) for index, values in found.items()})

    def numeric(self, points: np.ndarray) -> np.ndarray | None:
        """Return the values, each part evaluated only where it counts: (n, d) to (n, m)."""
        with double_precision():
            zero = (0,) * points.shape[1]
            return np.asarray(self._sorted(np.asarray(points, float), (zero,)).value)

    def finite(self) -> bool | None:
        """Whether every part is finite, where all can tell."""
        found = [part.finite() for part in self.parts]
        if not np.isfinite(self.knots).all():
            return False
        if any(known is False for known in found):
            return False
        return True if all(found) else None
