"""A field on one mesh: its residual, what the error looks like there, and bounds on both sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from residuum._core import Index
from residuum.certify.bounds._coercive import Coercive, NotCovered
from residuum.certify.bounds._constants import Constant
from residuum.certify.bounds._correction import Trial, expanded, galerkin, lifted
from residuum.certify.bounds._enclosure import Cover
from residuum.certify.bounds._majorant import Majorant, total
from residuum.certify.bounds._quadrature import Cells
from residuum.certify.bounds._residual import Residual, finite, gradient
from residuum.certify.bounds._transfinite import Lifting, Ring, check_joints
from residuum.geometry.mesh import Mesh


@final
@dataclass(frozen=True, eq=False)
class Sides:
    """Bounds of an error on both sides.

    Args:
        value: it is at most this.
        lower: and at least this.
        by_cell: squares of what the mesh does not resolve, (m,).
    """

    value: float
    lower: float
    by_cell: np.ndarray


@final
@dataclass(frozen=True, eq=False)
class Level:
    """A field on one mesh: its residual by two rules, a correction, and a flux.

    Args:
        statement: the statement.
        cover: the mesh.
        jets: the field.
        domain: the constant of the domain.
    """

    statement: Coercive
    cover: Cover
    jets: Callable[[np.ndarray], Mapping[Index, np.ndarray]]
    domain: Constant

    @cached_property
    def coarse(self) -> Residual:
        """The residual by the coarse rule."""
        return Residual(self.statement, Cells(self.cover.mesh), self.jets)

    @cached_property
    def fine(self) -> Residual:
        """The residual by the fine rule."""
        return Residual(self.statement, Cells(self.cover.mesh, fine=True), self.jets)

    def check(self) -> None:
        """Refuse what shows on a mesh only.

        Raises:
            NotCovered: given values jump, or no constant is known.
        """
        check_joints(self.statement, self.cover.mesh)
        if not math.isfinite(self.constant):
            fixed = self.statement.held or self.statement.floating
            raise NotCovered(
                self.domain.reason
                if fixed
                else "no values are given, and no reaction bounds the unknown by the energy"
            )

    @cached_property
    def steep(self) -> float:
        """C with |z| ≤ C |A^½∇z| for z that vanishes where values are given; maybe infinite."""
        if not (self.statement.held or self.statement.floating):
            return math.inf
        return self.domain.value / math.sqrt(float(self.coarse.stiffness.min()))

    @cached_property
    def constant(self) -> float:
        """C with |z| ≤ C |||z||| for z that vanishes where values are given; maybe infinite."""
        least = float(self.coarse.reaction.min())
        return min(self.steep, 1 / math.sqrt(least) if least > 0 else math.inf)

    @cached_property
    def lifting(self) -> Lifting:
        """What takes up wrong boundary values."""
        mesh, held = self.cover.mesh, self.statement.held
        flat = tuple(p for p in held if p in mesh.parts and p not in self.cover.curved)
        rings = [
            Ring(surface.part, _along(mesh, facets), surface)
            for surface, facets in self.cover.round
            if surface.part in held
        ]
        total = sum((ring.cutoff for ring in rings), np.zeros(len(mesh.points)))
        if total.max(initial=0.0) <= 1 and not any(total[mesh.parts[p]].any() for p in flat):
            return Lifting(mesh, self._misfit, flat, tuple(rings))
        return Lifting(mesh, self._misfit, flat, self._joined(flat))

    def _joined(self, flat: tuple[str, ...]) -> tuple[Ring, ...]:
        """Return rings that meet each other or flat parts, those of one given value as one.

        Raises:
            NotCovered: parts with different values are too near each other for this mesh.
        """
        mesh, held = self.cover.mesh, self.statement.held
        joined: dict[str, np.ndarray] = {}
        for part in held:
            if part in self.cover.curved and len(mesh.parts[part]):
                twin = next((p for p in joined if held[p] == held[part]), part)
                own = _along(mesh, mesh.parts[part])
                joined[twin] = np.maximum(joined.get(twin, 0.0), own)
        if joined and sum(joined.values(), np.zeros(1)).max() > 1:
            raise NotCovered("round parts with different given values are too near each other")
        for part in flat:
            touched = [p for p, c in joined.items() if c[mesh.parts[part]].any()]
            if any(held[p] != held[part] for p in touched):
                raise NotCovered(f"different values are given on {part} and {touched[0]}, which"
                                 " meet or are near each other")  # fmt: skip
        return tuple(Ring(part, cutoff) for part, cutoff in joined.items())

    def _misfit(self, part: str, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        given = self.statement.held[part]
        slopes = [given.diff(c) for c in self.statement.form.space]
        value, *slope = finite(self.statement, [given, *slopes], points)
        jet = self.coarse.at(points)
        d = points.shape[1]
        return value - jet[(0,) * d], np.stack(slope, axis=-1) - gradient(jet, d)

    @cached_property
    def held(self) -> np.ndarray:
        """Numbers of the correction's functions that do not vanish on the held boundary."""
        cells = self.coarse.cells
        mesh = cells.mesh
        found = [cells.on(part) for part in self.lifting.flat]
        for part in self.cover.curved:
            if part in self.statement.held:
                ring = np.isin(mesh.cells, mesh.parts[part]).any(axis=1)
                found.append(cells.value_dofs[ring].ravel())
        if not self.statement.held and not self.coarse.reaction.any():
            found.append(np.zeros(1, int))
        return np.unique(np.concatenate([np.zeros(0, int), *found]))

    @cached_property
    def lift(self) -> Trial:
        """The lifting by the coarse rule."""
        return lifted(self.coarse, self.lifting)

    @cached_property
    def dofs(self) -> np.ndarray:
        """The correction less the lifting, as a finite-element function."""
        return galerkin(self.coarse, self.lift, self.held)

    @cached_property
    def correction(self) -> Trial:
        """The correction by the coarse rule."""
        return self.lift + expanded(self.coarse, self.dofs)

    @cached_property
    def flux(self) -> np.ndarray:
        """The flux that makes the majorant least."""
        return Majorant(self.coarse, self.correction, self.steep).best()

    @cached_property
    def lift_fine(self) -> Trial:
        """The lifting by the fine rule."""
        return lifted(self.fine, self.lifting)

    @cached_property
    def correction_fine(self) -> Trial:
        """The correction by the fine rule."""
        return self.lift_fine + expanded(self.fine, self.dofs)

    @property
    def exchanges(self) -> bool:
        """Whether a condition on a free part holds the unknown."""
        return any(free.slope.any() for free in self.coarse.sides.values())

    def quick(self, norm: str) -> Sides:
        """Return the bounds by the coarse rule alone."""
        trials = [self.correction] + ([] if self.exchanges else [self.lift])
        return self._sides(norm, self.coarse, None, [(trial, None) for trial in trials])

    def sharp(self, norm: str) -> Sides:
        """Return the bounds by the fine rule, with its difference from the coarse one added."""
        trials = [(self.correction_fine, self.correction)]
        trials += [] if self.exchanges else [(self.lift_fine, self.lift)]
        return self._sides(norm, self.fine, self.coarse, trials)

    def _sides(
        self,
        norm: str,
        residual: Residual,
        other: Residual | None,
        trials: Sequence[tuple[Trial, Trial | None]],
    ) -> Sides:
        """Return the bounds: |||u - v||| ≤ |||w||| + |||u - v - w||| for each trial w."""
        factor = 1.0 if norm == "energy" else self.constant
        found = []
        for trial, again in trials:
            first = Majorant(residual, trial, self.steep)
            second = None
            if other is not None and again is not None:
                second = Majorant(other, again, self.steep)
            found.append(total(first, self.flux, second))
        low, high = zip(*(self._size(norm, residual, other, *pair) for pair in trials), strict=True)
        values = [h + factor * item.value for h, item in zip(high, found, strict=True)]
        lower = max(0.0, low[0] - factor * found[0].value)
        return Sides(min(values), lower, found[0].by_cell)

    def _size(
        self,
        norm: str,
        residual: Residual,
        other: Residual | None,
        trial: Trial,
        again: Trial | None,
    ) -> tuple[float, float]:
        """Return a lower and an upper value of the norm of a trial."""
        squares = self._squares(norm, residual, trial)
        if other is None or again is None:
            size = math.sqrt(float(squares.sum()))
            return size, size
        gap = np.abs(squares - self._squares(norm, other, again))
        low, high = float((squares - gap).sum()), float((squares + gap).sum())
        return math.sqrt(max(low, 0.0)), math.sqrt(high)

    def _squares(self, norm: str, residual: Residual, trial: Trial) -> np.ndarray:
        if norm == "energy":
            return residual.energy(trial.value, trial.slope, trial.on)
        weights, value = residual.cells.weights, trial.value
        if self.statement.floating:
            # Of all functions with this gradient the error has a known mean.
            missing = self.statement.mean * weights.sum() - (weights * residual.value).sum()
            value = value + (missing - (weights * value).sum()) / weights.sum()
        found: np.ndarray = (value**2 * weights).sum(axis=1)
        return found

    def size(self, norm: str, *, fine: bool) -> float:
        """Return the norm of the field by one of the rules."""
        own = self.fine if fine else self.coarse
        if norm == "energy":
            on = {part: free.value for part, free in own.sides.items()}
            squares = own.energy(own.value, own.slope, on)
        else:
            squares = (own.value**2 * own.cells.weights).sum(axis=1)
        return math.sqrt(float(squares.sum()))


def _along(mesh: Mesh, facets: np.ndarray) -> np.ndarray:
    """Return one at the vertices of all cells that touch facets, zero elsewhere, (vertices,)."""
    found = np.zeros(len(mesh.points))
    found[mesh.cells[np.isin(mesh.cells, facets).any(axis=1)]] = 1.0
    return found
