"""Sampling designs: n points of the open unit cube, from which shapes take theirs.

All are deterministic in the key. A shape that is not a box draws more than asked and drops the
points that fall outside, so stratification holds for the drawn set, not exactly for the kept one.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from residuum._core._errors import OptionError
from residuum._core._keys import Key, generator
from residuum.geometry._checks import Array, checked_count

_EDGE = 2.0**-40
_SOBOL_BITS = 30


class Design(ABC):
    """A rule that spreads points over the open unit cube."""

    ordered: ClassVar[bool] = False
    """Whether neighbouring rows are neighbouring points; such a set is thinned, not cut off."""

    @abstractmethod
    def unit(self, n: int, dimension: int, key: Key) -> Array:
        """Return (n, dimension) points, every coordinate strictly between 0 and 1.

        Args:
            n: number of points, at least 1.
            dimension: number of coordinates, at least 1.
            key: a whole number or a JAX key; the same key gives the same points.

        Raises:
            OptionError: ``n`` or ``dimension`` is not a whole number of one or more.
        """

    def first(self, points: Array, n: int) -> Array:
        """Return ``n`` of the rows of ``points`` (m, d), m >= n, without spoiling the spread."""
        if not self.ordered:
            return points[:n]
        return points[(np.arange(n) * len(points)) // n]


@final
@dataclass(frozen=True)
class Uniform(Design):
    """Independent uniform points: error of a mean falls as n**-0.5."""

    def unit(self, n: int, dimension: int, key: Key) -> Array:
        """Return (n, dimension) independent points; see `Design.unit`."""
        n, dimension = checked_count(n), checked_count(dimension)
        return _opened(generator(key).random((n, dimension)))


@final
@dataclass(frozen=True)
class LatinHypercube(Design):
    """One point in each of n equal slices of every axis, paired at random (McKay et al. 1979)."""

    def unit(self, n: int, dimension: int, key: Key) -> Array:
        """Return (n, dimension) points, one per slice of every axis; see `Design.unit`."""
        n, dimension = checked_count(n), checked_count(dimension)
        random = generator(key)
        slices = random.permuted(np.tile(np.arange(n), (dimension, 1)), axis=1).T
        return _opened((slices + random.random((n, dimension))) / n)


@final
@dataclass(frozen=True)
class Sobol(Design):
    """Scrambled Sobol points (Owen 1998): error of a smooth mean falls almost as n**-1.

    The next power of two is drawn and cut; the balance is best when n is a power of two.
    Breaks above 21201 dimensions or 2**30 points, with an OptionError.
    """

    def unit(self, n: int, dimension: int, key: Key) -> Array:
        """Return the first n of a scrambled Sobol sequence; see `Design.unit`."""
        # scipy.stats costs about a second to import, and most users never sample by Sobol twice.
        from scipy.stats import qmc

        n, dimension = checked_count(n), checked_count(dimension)
        if n > 2**_SOBOL_BITS or dimension > qmc.Sobol.MAXDIM:
            wanted = f"at most 2**{_SOBOL_BITS} points in {qmc.Sobol.MAXDIM} dimensions"
            raise OptionError(wanted, f"{n} in {dimension}", "Use design=Uniform().")
        engine = qmc.Sobol(dimension, scramble=True, bits=_SOBOL_BITS, rng=generator(key))
        drawn: Array = engine.random_base2((n - 1).bit_length())[:n]
        # The points lie on a lattice that starts at zero: half a step moves them inside.
        return _opened(drawn + 0.5 / 2**_SOBOL_BITS)


@final
@dataclass(frozen=True)
class Grid(Design):
    """Centres of a tensor grid; the key is not used.

    The grid is the smallest one with at least n cells whose sides differ by at most one division
    (7 points in the plane: 3 by 3). When it has more cells than n, cells are left out at even
    strides of the row-major order, so n is best a perfect power.
    """

    ordered: ClassVar[bool] = True

    def unit(self, n: int, dimension: int, key: Key) -> Array:
        """Return n cell centres, the last axis running fastest; see `Design.unit`."""
        n, dimension = checked_count(n), checked_count(dimension)
        cells = _divisions(n, dimension)
        strides = [math.prod(cells[i + 1 :]) for i in range(dimension)]
        # Cut before the coordinates are made: in many dimensions the full grid can be far larger.
        chosen = (np.arange(n) * math.prod(cells)) // n
        columns = [(chosen // step % m + 0.5) / m for step, m in zip(strides, cells, strict=True)]
        return np.stack(columns, axis=1)


def _divisions(n: int, dimension: int) -> list[int]:
    """Return the divisions of each axis: m or m + 1, with the smallest product >= n."""
    m = max(1, math.floor(n ** (1 / dimension) + 1e-9))
    cells = [m] * dimension
    for axis in itertools.cycle(range(dimension)):
        if math.prod(cells) >= n:
            break
        cells[axis] += 1
    return cells


def _opened(unit: Array) -> Array:
    return np.clip(unit, _EDGE, 1 - _EDGE)
