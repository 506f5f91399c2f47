"""A known field that unknowns are measured from: what is solved for is what it is off by."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import Field, Index
from residuum.discretise.elements._integrand import RATE, Trial
from residuum.discretise.elements._space import Quadrature
from residuum.problem import WeakForm

MANY, FEW = 2048, 128
"""Points evaluated at once: two sizes, so that a field is compiled twice at most."""
KEPT = 12
"""Times and places remembered: the stages of a step come back to the same ones."""
BESIDE, ASIDE = 1e-8, np.array([1.0, 0.7071, 0.5774, 0.4142])
"""How far beside a point a field that has no value there is read, as a share of the extent, and
the direction."""

Table = dict[Index, np.ndarray]
"""Derivatives of all unknowns by index, (n, m) each."""


@eqx.filter_jit
def _compiled(field: Field, points: Any, indices: tuple[Index, ...]) -> list[Any]:
    jet = field.jet(points, indices)
    return [jet.derivative(index) for index in indices]


def derivatives(field: Field, points: np.ndarray, indices: Iterable[Index]) -> Table:
    """Return values and derivatives of a field at points (n, d) in one pass, in chunks.

    Raises:
        FloatingPointError: one of them is not finite.
    """
    table = _everywhere(field, points, tuple(sorted(set(indices))))
    wrong = ~np.all([np.isfinite(item).all(axis=1) for item in table.values()], axis=0)
    if wrong.any():
        # A field with conditions built in may be 0/0 in a corner: it is read beside it.
        beside = points[wrong] + BESIDE * np.ptp(points, axis=0) * ASIDE[: points.shape[1]]
        for index, values in _everywhere(field, beside, tuple(table)).items():
            table[index][wrong] = values
    if not all(np.isfinite(item).all() for item in table.values()):
        raise FloatingPointError("the field or a derivative of it is not finite everywhere")
    return table


def _everywhere(field: Field, points: np.ndarray, wanted: tuple[Index, ...]) -> Table:
    plain = field.numeric_derivatives(points, wanted)
    if plain is not None:
        return {index: np.array(plain[index], float) for index in wanted}
    chunk = FEW if len(points) <= FEW else MANY
    parts: list[list[np.ndarray]] = []
    for start in range(0, len(points), chunk):
        own = points[start : start + chunk]
        # The last chunk is filled up with its last point: one shape, one compilation.
        full = np.pad(own, ((0, chunk - len(own)), (0, 0)), mode="edge")
        found = _compiled(field, jnp.asarray(full), wanted)
        parts.append([np.asarray(item, float)[: len(own)] for item in found])
    columns = zip(*parts, strict=True)
    return {index: np.concatenate(part) for index, part in zip(wanted, columns, strict=True)}


@final
class Offset:
    """The field's part of every unknown, rates included, where a system needs it.

    Args:
        form: the weak form.
        field: values of the problem's unknowns; any field will do.
    """

    def __init__(self, form: WeakForm, field: Field) -> None:
        self.form, self.field = form, field
        self.count = len(form.unknowns) - len(form.rates)
        self._kept: OrderedDict[Any, tuple[Any, Table]] = OrderedDict()

    def trials(
        self, where: Quadrature, time: float, wanted: Iterable[Trial]
    ) -> dict[Trial, np.ndarray]:
        """Return unknowns and derivatives at quadrature points, (cells, quadrature) each."""
        return self.read(where.points, time, wanted)

    def read(
        self, points: np.ndarray, time: float, wanted: Iterable[Trial]
    ) -> dict[Trial, np.ndarray]:
        """Return the same at points (d, cells, quadrature)."""
        wanted = list(dict.fromkeys(wanted))
        indices = {trial: self._index(*trial) for trial in wanted}
        places = points.reshape(len(points), -1).T
        table = self._table(points, places, time, indices.values())
        shape = points.shape[1:]
        return {
            trial: table[index][:, self._column(trial[0])].reshape(shape)
            for trial, index in indices.items()
        }

    def at(self, j: int, places: np.ndarray, time: float, *, rate: bool = False) -> np.ndarray:
        """Return an unknown, or its rate, at places (n, d), (n,)."""
        index = self._index(j, RATE if rate else 0)
        if not len(places):
            return np.zeros(0)
        return self._table(places, places, time, [index])[index][:, self._column(j)]

    def _table(
        self, owner: Any, places: np.ndarray, time: float, indices: Iterable[Index]
    ) -> Table:
        key = (id(owner), time)
        # The owner is kept with its table: while it is here no other object can have its id.
        _, table = self._kept.get(key, (None, {}))
        missing = [index for index in indices if index not in table]
        if missing:
            table = {**table, **derivatives(self.field, self._points(places, time), missing)}
            self._kept[key] = (owner, table)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return table

    def _points(self, places: np.ndarray, time: float) -> np.ndarray:
        columns = [
            np.full(len(places), time)
            if c == self.form.time
            else places[:, self.form.space.index(c)]
            for c in self.form.coordinates
        ]
        return np.stack(columns, axis=1)

    def _column(self, j: int) -> int:
        return j if j < self.count else self.form.rates[j - self.count]

    def _index(self, j: int, slot: int) -> Index:
        orders = dict.fromkeys(self.form.coordinates, 0)
        time: Any = self.form.time
        if j >= self.count:
            orders[time] += 1
        if slot == RATE:
            orders[time] += 1
        elif slot > 0:
            orders[self.form.space[slot - 1]] += 1
        return tuple(orders.values())
