"""Coefficient functions as arrays of numbers: on cells, on mesh points, on a grid."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
import scipy.sparse as sp

from residuum._core import OptionError
from residuum.discretise.elements._location import locate, weights_at
from residuum.discretise.elements._space import Space

KEPT = 64
"""Sets of points whose weights are kept: one per boundary part and one for the cells are used."""


class CoefficientValues(ABC):
    """How an array of numbers stands for a coefficient function, linearly."""

    on_mesh: bool = True

    @abstractmethod
    def shape(self, space: Space) -> tuple[int, ...]:
        """Return the shape of the array."""

    @abstractmethod
    def weights(self, space: Space, points: np.ndarray) -> sp.csr_matrix:
        """Return the matrix (n, numbers) from the raveled array to the values at points (n, d)."""


@final
@dataclass(frozen=True)
class CellValues(CoefficientValues):
    """One number per cell of the mesh, (cells,): constant in it, with jumps between cells."""

    def shape(self, space: Space) -> tuple[int, ...]:
        """Return (cells,)."""
        return (len(space.mesh.cells),)

    def weights(self, space: Space, points: np.ndarray) -> sp.csr_matrix:
        """Return a one for the cell that each point lies in."""
        found = locate(*space.geometry, points)
        rows = np.arange(len(points))
        shape = (len(points), *self.shape(space))
        return sp.csr_matrix((np.ones(len(points)), (rows, found)), shape=shape)


@final
@dataclass(frozen=True)
class NodeValues(CoefficientValues):
    """One number per point of the mesh, (points,): continuous, linear in every cell."""

    def shape(self, space: Space) -> tuple[int, ...]:
        """Return (points of the mesh,)."""
        return (len(space.mesh.points),)

    def weights(self, space: Space, points: np.ndarray) -> sp.csr_matrix:
        """Return the linear functions of the cell that each point lies in."""
        nodes, cells = space.geometry
        found = locate(nodes, cells, points)
        corners = cells[found, : space.mesh.dimension + 1]
        entries = weights_at(nodes, cells, found, points, 1)
        rows = np.broadcast_to(np.arange(len(points))[:, None], corners.shape)
        shape = (len(points), *self.shape(space))
        return sp.csr_matrix((entries.ravel(), (rows.ravel(), corners.ravel())), shape=shape)


@final
@dataclass(frozen=True, eq=False)
class GridValues(CoefficientValues):
    """Numbers on a tensor grid, read as ``GridFunction`` reads them.

    Args:
        axes: increasing arrays, one per argument of the coefficient, in the coordinates' units.
        stepped: one number per interval between axis points, (len(axis) - 1, …), constant there;
            otherwise one per point, (len(axis), …), linear between and constant beyond the ends.

    Raises:
        OptionError: an axis is not increasing, or has fewer than two points.
    """

    axes: tuple[Any, ...]
    stepped: bool = False
    on_mesh = False

    def __post_init__(self) -> None:
        axes = tuple(np.asarray(axis, float) for axis in self.axes)
        object.__setattr__(self, "axes", axes)
        for axis in axes:
            if axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0).all():
                raise OptionError("increasing axes of two points or more", str(axis), "Sort them.")

    def shape(self, space: Space) -> tuple[int, ...]:
        """Return (len(axis), …), or (len(axis) - 1, …) where the values are steps."""
        return tuple(len(axis) - self.stepped for axis in self.axes)

    def weights(self, space: Space, points: np.ndarray) -> sp.csr_matrix:
        """Return the multilinear weights of the corners around each point, or ones for steps."""
        lower, share = [], []
        for axis, x in zip(self.axes, points.T, strict=True):
            side: Any = "right" if self.stepped else "left"
            i = np.clip(np.searchsorted(axis, x, side=side) - 1, 0, len(axis) - 2)
            lower.append(i)
            share.append(np.clip((x - axis[i]) / (axis[i + 1] - axis[i]), 0.0, 1.0))
        shape = self.shape(space)
        found = sp.csr_matrix((len(points), int(np.prod(shape))))
        for corner in np.ndindex(*(1 if self.stepped else 2,) * len(self.axes)):
            factor = np.ones(len(points))
            for upper, w in zip(corner, share, strict=True):
                factor *= 1.0 if self.stepped else (w if upper else 1.0 - w)
            place = tuple(i + upper for i, upper in zip(lower, corner, strict=True))
            columns = np.ravel_multi_index(place, shape)
            entries = (factor, (np.arange(len(points)), columns))
            found = found + sp.csr_matrix(entries, shape=found.shape)
        return found


@final
class Tabled:
    """A coefficient function read from numbers; weights are kept for points seen before.

    Args:
        values: how the numbers stand for it.
        space: the space of the solve.
        order: for each column of points the argument it is: mesh axes are ordered their own way.
    """

    def __init__(self, values: CoefficientValues, space: Space, order: Sequence[int]) -> None:
        self.values, self.space, self.order = values, space, tuple(order)
        self.shape = values.shape(space)
        self.numbers = np.zeros(int(np.prod(self.shape)))
        self._kept: OrderedDict[bytes, sp.csr_matrix] = OrderedDict()

    def __call__(self, *columns: Any) -> np.ndarray:
        """Return the function at coordinate arrays (n,)."""
        found: np.ndarray = self.weights(np.stack([np.asarray(c) for c in columns])) @ self.numbers
        return found

    def weights(self, columns: np.ndarray) -> sp.csr_matrix:
        """Return the weights at coordinates (arguments, n)."""
        places = np.ascontiguousarray(columns[list(self.order)].T)
        return _remembered(self._kept, places, lambda: self.values.weights(self.space, places))


@final
class Remembered:
    """A function of coordinates that is not asked twice at the same points."""

    def __init__(self, rule: Callable[..., Any]) -> None:
        self.rule = rule
        self._kept: OrderedDict[bytes, np.ndarray] = OrderedDict()

    def __call__(self, *columns: Any) -> Any:
        """Return the function at coordinate arrays; traced ones are passed on."""
        if any(isinstance(column, jax.core.Tracer) for column in columns):
            return self.rule(*columns)
        places = np.stack([np.asarray(column, float) for column in columns])
        return _remembered(self._kept, places, lambda: np.asarray(self.rule(*columns), float))


def _remembered(kept: OrderedDict[bytes, Any], places: np.ndarray, make: Callable[[], Any]) -> Any:
    key = hashlib.blake2b(places.tobytes(), digest_size=16).digest()
    if key not in kept:
        kept[key] = make()
        while len(kept) > KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]
