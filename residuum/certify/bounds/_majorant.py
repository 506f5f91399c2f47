"""The majorant: how large a residual is in the dual of the energy norm, by a flux in H(div).

For R(z) = ∫ r0 z + ∫ q0·∇z - ∫ m0 z over the free boundary, and any p in H(div),

    R(z) = ∫ (r0 + div p) z + ∫ (q0 + p)·∇z - ∫ (m0 + p·n) z.

The first integrand is split into its means over cells and the rest, which needs only the Poincaré
constant diameter/π of each cell (L. E. Payne, H. F. Weinberger 1960, M. Bebendorf 2003). The means
are weighed by the reaction or by the Friedrichs constant, in the best proportion (S. Repin, S.
Sauter 2006). On free facets p takes up all of m0 but its part orthogonal to constants, for which
the trace identity of a simplex gives a constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from residuum.certify.bounds._correction import Trial, gathered, solved
from residuum.certify.bounds._residual import Residual

UPDATES = 3
WEIGHTS = np.logspace(-8, 4, 49)
"""Proportions tried between the two terms of the majorant; each gives a bound."""


@final
@dataclass(frozen=True, eq=False)
class Pieces:
    """What a flux leaves, by cell.

    Args:
        flux: squares of the flux misfit weighed by the inverse diffusion, (m,).
        rest: squares of what the cells' Poincaré constants bound, (m,).
        edge: what the free boundary adds, (m,).
        mean: what is left for the reaction or the Friedrichs constant, (m, q).
    """

    flux: np.ndarray
    rest: np.ndarray
    edge: np.ndarray
    mean: np.ndarray

    @property
    def local(self) -> np.ndarray:
        """Their sum that multiplies the gradient in each cell, (m,)."""
        return np.sqrt(self.flux) + np.sqrt(self.rest) + self.edge


@final
@dataclass(frozen=True, eq=False)
class Majorant:
    """The residual of a field plus a correction, ready for fluxes.

    Args:
        residual: the field.
        trial: the correction.
        constant: C with |z| ≤ C |A^½∇z|; infinite if none is known. It must not lean on the
            reaction, which is counted apart.
    """

    residual: Residual
    trial: Trial
    constant: float

    @cached_property
    def density(self) -> np.ndarray:
        """r0, (m, q)."""
        trial = self.trial
        return self.residual.density - self.residual.source_of(trial.value, trial.slope)

    @cached_property
    def shift(self) -> np.ndarray:
        """q0, (m, q, d)."""
        trial = self.trial
        return self.residual.shift - self.residual.flux_of(trial.value, trial.slope)

    @cached_property
    def poincare(self) -> np.ndarray:
        """Squares of the Poincaré constants of the cells over their diffusion, (m,)."""
        return (self.residual.cells.mesh.sizes / math.pi) ** 2 / self.residual.stiffness

    @cached_property
    def split(self) -> np.ndarray:
        """Whether it pays to split the mean off, rather than to weigh by the reaction: (m,)."""
        found: np.ndarray = self.poincare * self.residual.reaction.max(axis=1) <= 1.0
        return found

    def weight(self, b: float) -> np.ndarray:
        """Return what squares of the mean weigh in (1 + b) |local|² + ∫ weight mean²."""
        share = b / ((1 + b) * self.constant**2) if math.isfinite(self.constant) else 0.0
        return 1 / (self.residual.reaction + share)

    @cached_property
    def _averages(self) -> np.ndarray:
        weights = self.residual.cells.weights
        return weights / weights.sum(axis=1, keepdims=True)

    def fixed(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the flux functions of free facets and the values that take up m0 there."""
        cells = self.residual.cells
        numbers, values = [np.zeros(0, int)], [np.zeros(0)]
        for part, free in self.residual.sides.items():
            side = free.side
            misfit = free.misfit + free.slope * self.trial.on[part]
            dofs = cells.flux_on(cells.facets(part))
            place = (side.flux_dofs[:, None, :] == dofs[:, :, None]).argmax(axis=2)
            own = np.take_along_axis(side.flux, place[:, :, None], axis=1)
            gram = np.einsum("kiq,kjq,kq->kij", own, own, side.weights)
            load = -np.einsum("kiq,kq->ki", own, side.weights * misfit)
            numbers.append(dofs.ravel())
            values.append(np.linalg.solve(gram, load[..., None])[..., 0].ravel())
        return np.concatenate(numbers), np.concatenate(values)

    def best(self) -> np.ndarray:
        """Return the flux, (fluxes,), that makes the majorant least, to a few updates."""
        fixed = self.fixed()
        b, s = 0.01, np.full(len(self.split), 0.3)
        found = np.zeros(self.residual.cells.fluxes)
        for _ in range(UPDATES):
            found = self._solve(fixed, b, s)
            pieces = self.pieces(found)
            rest, flux = np.sqrt(pieces.rest) + pieces.edge, np.sqrt(pieces.flux)
            s = np.clip(rest / np.maximum(flux, 1e-300), 1e-3, 1e3)
            old, b = b, total(self, found).b
            b = float(np.clip(b, 1e-5, 1e3))
            if abs(math.log(b / old)) < 0.3:
                break
        return found

    def _solve(self, fixed: tuple[np.ndarray, np.ndarray], b: float, s: np.ndarray) -> np.ndarray:
        cells, residual = self.residual.cells, self.residual
        weights, phi, div = cells.weights, cells.flux_values, cells.flux_divergences
        m, n = phi.shape[:2]
        turned = np.einsum(
            "mqij,mq->mqij", residual.inverse, weights * ((1 + b) * (1 + s))[:, None]
        )
        raised = (phi.transpose(0, 2, 1, 3) @ turned).transpose(0, 2, 1, 3)
        local = raised.reshape(m, n, -1) @ phi.reshape(m, n, -1).transpose(0, 2, 1)
        load = np.einsum("mjqd,mqd->mj", raised, self.shift)
        # Cells that are split: the rest by Poincaré, the mean by W. Others: all of it by W.
        heavy = weights * self.weight(b)
        inner = np.where(self.split, (1 + b) * (1 + 1 / s) * self.poincare, 0.0)[:, None] * weights
        whole = np.where(self.split[:, None], inner, heavy)
        local += (div * whole[:, None]) @ div.transpose(0, 2, 1)
        load += np.einsum("mjq,mq->mj", div, whole * self.density)
        mean = np.einsum("mjq,mq->mj", div, self._averages)
        level = (self.density * self._averages).sum(axis=1)
        extra = np.where(self.split, (heavy - inner).sum(axis=1), 0.0)
        local += extra[:, None, None] * mean[:, :, None] * mean[:, None, :]
        load += (extra * level)[:, None] * mean
        matrix = gathered(cells.flux_dofs, local, cells.fluxes)
        right = -np.bincount(cells.flux_dofs.ravel(), load.ravel(), minlength=cells.fluxes)
        return solved(matrix, right, *fixed)

    def pieces(self, flux: np.ndarray) -> Pieces:
        """Return what a flux leaves."""
        cells = self.residual.cells
        own = flux[cells.flux_dofs]
        misfit = self.shift + np.einsum("mj,mjqd->mqd", own, cells.flux_values)
        size = np.einsum("mqi,mqij,mqj->mq", misfit, self.residual.inverse, misfit)
        left = self.density + np.einsum("mj,mjq->mq", own, cells.flux_divergences)
        mean = np.broadcast_to((left * self._averages).sum(axis=1)[:, None], left.shape)
        spread = self.poincare * ((left - mean) ** 2 * cells.weights).sum(axis=1)
        return Pieces(
            np.maximum((size * cells.weights).sum(axis=1), 0.0),
            np.where(self.split, spread, 0.0),
            self._edge(flux),
            np.where(self.split[:, None], mean, left),
        )

    def _edge(self, flux: np.ndarray) -> np.ndarray:
        """Return what is left on free facets times its constant, by cell."""
        cells = self.residual.cells
        mesh, d = cells.mesh, cells.dimension
        found = np.zeros(len(mesh.cells))
        for part, free in self.residual.sides.items():
            side = free.side
            left = free.misfit + free.slope * self.trial.on[part]
            left = left + np.einsum("kj,kjq->kq", flux[side.flux_dofs], side.flux)
            size = np.sqrt((left**2 * side.weights).sum(axis=1))
            # |z|²_E ≤ |E|/|K| (|z|² + 2 h/d |z| |∇z|) and |z| ≤ h/π |∇z| for z of mean zero.
            h = mesh.sizes[side.cells]
            ratio = side.weights.sum(axis=1) / mesh.measures[side.cells]
            trace = np.sqrt(ratio * h**2 * (1 / math.pi**2 + 2 / (d * math.pi)))
            trace /= np.sqrt(self.residual.stiffness[side.cells])
            found += np.bincount(side.cells, size * trace, minlength=len(found))
        return found

    def weighed(self, pieces: Pieces, b: float) -> np.ndarray:
        """Return what the mean weighs in each cell, (m,)."""
        weights = self.residual.cells.weights
        found: np.ndarray = (pieces.mean**2 * self.weight(b) * weights).sum(axis=1)
        return found


@final
@dataclass(frozen=True, eq=False)
class Total:
    """A bound of the residual in the dual of the energy norm.

    Args:
        value: the bound.
        b: the proportion it is least for.
        by_cell: its square by cell, (m,).
    """

    value: float
    b: float
    by_cell: np.ndarray


def total(fine: Majorant, flux: np.ndarray, coarse: Majorant | None = None) -> Total:
    """Return the majorant for a flux.

    Args:
        fine: the residual.
        flux: (fluxes,).
        coarse: the same with another rule; what they differ by is added, cell by cell.
    """
    pieces = fine.pieces(flux)
    other = None if coarse is None else coarse.pieces(flux)
    local = _local(pieces, other) ** 2
    size = float(local.sum())

    def mean(b: float) -> np.ndarray:
        found = fine.weighed(pieces, b)
        if coarse is None or other is None:
            return found
        return found + np.abs(found - coarse.weighed(other, b))

    if not fine.residual.reaction.any():
        # Without reaction the best proportion is known.
        one = float(mean(1.0).sum()) / 2
        candidates = [float(np.clip(math.sqrt(one / max(size, 1e-300)), 1e-12, 1e12))]
    else:
        candidates = WEIGHTS.tolist()
    tried = [((1 + b) * local + mean(b), b) for b in candidates]
    by_cell, b = min(tried, key=lambda item: float(item[0].sum()))
    return Total(math.sqrt(float(by_cell.sum())), b, by_cell)


def _local(pieces: Pieces, other: Pieces | None) -> np.ndarray:
    if other is None:
        return pieces.local
    flux = np.sqrt(pieces.flux + np.abs(pieces.flux - other.flux))
    rest = np.sqrt(pieces.rest + np.abs(pieces.rest - other.rest))
    found: np.ndarray = flux + rest + pieces.edge + np.abs(pieces.edge - other.edge)
    return found
