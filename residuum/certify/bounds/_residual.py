"""What a field misses of a statement, at the quadrature points of a mesh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import sympy as sp

from residuum._core import Index
from residuum.certify.bounds._coercive import Coercive, NotCovered
from residuum.certify.bounds._quadrature import Cells, Side

Jets = Callable[[np.ndarray], Mapping[Index, np.ndarray]]
"""Points (n, d) to the derivatives (n,) of a field, by multi-index: all of ``needed``."""

ROUNDING = 1e-12
"""Coefficients that are zero may come out negative by this share of the largest."""


def needed(statement: Coercive) -> tuple[Index, ...]:
    """Return the derivatives of a field that its residual takes."""
    parts = [statement.source, *statement.flux, *statement.natural.values()]
    parts += [statement.divergence] if statement.smooth else []
    d = statement.dimension
    slopes = [tuple(int(i == k) for i in range(d)) for k in range(d)]
    return tuple(dict.fromkeys([(0,) * d, *slopes, *statement.atoms(parts).values()]))


@final
@dataclass(frozen=True, eq=False)
class FreeSide:
    """A free part of the boundary, with what the field misses there.

    Args:
        side: its quadrature.
        misfit: outward flux of the field and natural term, (k, q).
        slope: of the natural term by the unknown, (k, q).
        weight: the weight of the part in the energy, (k, q).
        value: the field, (k, q).
    """

    side: Side
    misfit: np.ndarray
    slope: np.ndarray
    weight: np.ndarray
    value: np.ndarray


@final
@dataclass(frozen=True, eq=False)
class Residual:
    """A field put into a statement: R(w) = ∫ density w + ∫ shift·∇w - ∫ misfit w.

    Args:
        statement: the statement.
        cells: the mesh and its quadrature.
        jets: the field.
    """

    statement: Coercive
    cells: Cells
    jets: Jets

    def at(self, points: np.ndarray) -> dict[Index, np.ndarray]:
        """Return the derivatives of the field at points (..., d), each (...).

        Raises:
            NotCovered: they are not finite.
        """
        flat = self.jets(points.reshape(-1, points.shape[-1]))
        if not all(np.isfinite(item).all() for item in flat.values()):
            raise NotCovered("the field or a derivative of it is not finite at quadrature points")
        return {index: item.reshape(points.shape[:-1]) for index, item in flat.items()}

    @cached_property
    def jet(self) -> dict[Index, np.ndarray]:
        """The derivatives of the field at the points of the cells."""
        return self.at(self.cells.points)

    @property
    def value(self) -> np.ndarray:
        """The field, (m, q)."""
        return self.jet[(0,) * self.cells.dimension]

    @cached_property
    def slope(self) -> np.ndarray:
        """Its gradient, (m, q, d)."""
        return gradient(self.jet, self.cells.dimension)

    @cached_property
    def spread(self) -> np.ndarray:
        """The diffusion A, (m, q, d, d)."""
        rows = [row[1:] for row in self.statement.flux_slopes]
        flat = finite(self.statement, [item for row in rows for item in row], self.cells.points)
        d = self.cells.dimension
        return np.stack(flat, axis=-1).reshape(*flat[0].shape, d, d)

    @cached_property
    def inverse(self) -> np.ndarray:
        """The inverse of the diffusion."""
        return np.linalg.inv(self.spread)

    @cached_property
    def stiffness(self) -> np.ndarray:
        """A lower bound (m,) of the eigenvalues of the diffusion in each cell.

        What is seen at the points, less the half of how much it varies among them, at least half.

        Raises:
            NotCovered: the diffusion is not positive.
        """
        lowest = np.linalg.eigvalsh(self.spread)[..., 0]
        least, most = lowest.min(axis=1), lowest.max(axis=1)
        if not least.min() > 0:
            raise NotCovered("the diffusion is not positive everywhere")
        return np.maximum(least - (most - least) / 2, least / 2)

    @cached_property
    def reaction(self) -> np.ndarray:
        """The c of the energy, (m, q).

        Raises:
            NotCovered: it is negative somewhere.
        """
        slopes = [self.statement.reaction, self.statement.source_slopes[0]]
        found, plain = finite(self.statement, slopes, self.cells.points)
        if found.min() < -ROUNDING * max(np.abs(found).max(), np.abs(plain).max()):
            raise NotCovered("the problem is not coercive: its reaction less half the divergence of"
                             f" its transport falls to {found.min():.3g}")  # fmt: skip
        return np.maximum(found, 0.0)

    @cached_property
    def density(self) -> np.ndarray:
        """The strong residual, or minus the source for fluxes without a divergence: (m, q)."""
        parts = [self.statement.source]
        parts += [self.statement.divergence] if self.statement.smooth else []
        found = finite(self.statement, parts, self.cells.points, self.jet)
        return found[1] - found[0] if self.statement.smooth else -found[0]

    @cached_property
    def shift(self) -> np.ndarray:
        """The part of the flux that has no divergence as a function, with sign: (m, q, d)."""
        if self.statement.smooth:
            return np.zeros(self.cells.points.shape)
        flux = list(self.statement.flux)
        return -np.stack(finite(self.statement, flux, self.cells.points, self.jet), axis=-1)

    @cached_property
    def _linear(self) -> tuple[np.ndarray, ...]:
        """S by value and by slopes, Φ by value, where they are not zero."""
        source = self.statement.source_slopes
        carried = [row[0] for row in self.statement.flux_slopes]
        flat = finite(self.statement, [*source, *carried], self.cells.points)
        d = self.cells.dimension
        return flat[0], np.stack(flat[1 : 1 + d], axis=-1), np.stack(flat[1 + d :], axis=-1)

    def source_of(self, value: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Return the linear part of S for a correction."""
        by_value, by_slope, _ = self._linear
        return by_value * value + (by_slope * slope).sum(axis=-1)

    def flux_of(self, value: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Return the linear part of Φ for a correction."""
        spread = np.einsum("...ij,...j->...i", self.spread, slope)
        return spread + self._linear[2] * value[..., None]

    @cached_property
    def sides(self) -> dict[str, FreeSide]:
        """The free parts of the boundary."""
        parts = [part for part in self.cells.mesh.parts if part not in self.statement.held]
        return {part: self._free(part) for part in parts if len(self.cells.mesh.parts[part])}

    def _free(self, part: str) -> FreeSide:
        side = self.cells.side(part)
        jet = self.at(side.points)
        natural = self.statement.natural.get(part, sp.S.Zero)
        flux = list(self.statement.flux) if self.statement.smooth else []
        found = finite(self.statement, [natural, *flux], side.points, jet, side.normals)
        misfit = found[0]
        for i, item in enumerate(found[1:]):
            misfit = misfit + side.normals[..., i] * item
        slope, weight = finite(
            self.statement, [*self.statement.robin(part)], side.points, None, side.normals
        )
        if weight.min() < -ROUNDING * max(np.abs(weight).max(), np.abs(slope).max(), 1e-300):
            raise NotCovered(f"the problem is not coercive: flow or exchange through {part}")
        weight = np.maximum(weight, 0.0)
        return FreeSide(side, misfit, slope, weight, jet[(0,) * self.cells.dimension])

    def energy(
        self, value: np.ndarray, slope: np.ndarray, on: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Return the squared energy norm of a function by cell, (m,)."""
        spread = np.einsum("mqi,mqij,mqj->mq", slope, self.spread, slope)
        found: np.ndarray = ((spread + self.reaction * value**2) * self.cells.weights).sum(axis=1)
        for part, free in self.sides.items():
            own = (free.weight * on[part] ** 2 * free.side.weights).sum(axis=1)
            found = found + np.bincount(free.side.cells, own, minlength=len(found))
        return found


def gradient(jet: Mapping[Index, np.ndarray], dimension: int) -> np.ndarray:
    """Return the gradient (..., d) of a jet."""
    units = [tuple(int(i == k) for i in range(dimension)) for k in range(dimension)]
    return np.stack([jet[unit] for unit in units], axis=-1)


def finite(
    statement: Coercive,
    expressions: list[sp.Expr],
    points: np.ndarray,
    jet: Mapping[Index, np.ndarray] | None = None,
    normals: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Return the values of expressions.

    Raises:
        NotCovered: one is not finite.
    """
    found = statement.values(expressions, points, jet, normals)
    for expression, item in zip(expressions, found, strict=True):
        if not np.isfinite(item).all():
            raise NotCovered(f"{str(expression)[:60]} is not finite at quadrature points")
    return found
