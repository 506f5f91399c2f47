"""The tolerance of the steps in time, judged apart from the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from residuum.discretise.elements._gap import element_gap
from residuum.discretise.elements._level import Level, Levels
from residuum.discretise.spectral import Gap
from residuum.geometry.mesh import Mesh

FINER = 1 / 8
"""Tolerance of the steps that the others are compared with, over theirs."""
PART = 2.0
"""Error of the coarser steps over their distance from the finer ones, at most: few steps were seen
to gain a factor of 2.2 only from a tolerance eight times smaller."""
MORE = 1.25
"""Least number of the finer steps over that of the coarser."""
ROUNDS = 8
STALE = 12
"""Growth of the unknowns after which the steps are judged anew: waves that only the finer mesh
carries may need shorter ones, and two marches on a mesh this much smaller cost little."""
LEAST = 1e-12


@final
@dataclass
class Steps:
    """Chooses the tolerance of the steps so that two tolerances agree on one mesh.

    The coarser of the two is then good enough for every mesh, and how far it is from the finer
    one estimates its error in time.

    Args:
        levels: solves on a mesh.
        wanted: relative error in time that is allowed.
        tol: tolerance of the steps to begin with.
        without: unknowns left out of the comparison.
        gap: error in time of the coarser, estimated from the last two compared.
        on: the level compared.
    """

    levels: Levels
    wanted: float
    tol: float
    without: tuple[int, ...] = ()
    gap: Gap | None = None
    on: Level | None = None

    def stale(self, level: Level) -> bool:
        """Whether the steps were judged on a mesh much coarser than that of a level, or never."""
        return self.on is None or level.unknowns > STALE * self.on.unknowns

    def solve(self, mesh: Mesh, last: Level | None, number: int) -> Level:
        """Solve on a mesh; where the steps have to be judged, until two tolerances agree.

        Returns:
            The level with the coarser of the two tolerances, or one whose march failed.
        """
        solve = partial(self.levels.solve, mesh, last, number=number)
        # Below this there is no finer tolerance to compare with.
        self.tol = max(self.tol, LEAST / FINER)
        found = solve(tol=self.tol)
        if not found.result.ok or not self.stale(found):
            return found
        tol = self.tol
        for left in reversed(range(ROUNDS)):
            tol = max(tol * FINER, LEAST)
            finer = solve(tol=tol)
            alike = finer.result.ok and _steps(finer) < MORE * _steps(found)
            if alike and tol > LEAST and left:
                continue  # steps of the same length would agree whatever their error is
            if alike:
                # No tolerance shortens them: the whole march again, in steps of half the length.
                knots = np.asarray(found.field.knots)
                finer = solve(tol=tol, longest=float(knots[-1] - knots[0]) / (2 * _steps(found)))
            if not finer.result.ok:
                # The whole march is worth more than part of a finer one.
                found.result = finer.result
                found.notes.append(f"steps in time not judged: {finer.result.code}")
                return found
            self._compare(found, finer)
            assert self.gap is not None
            if self.gap.relative <= self.wanted or tol == LEAST:
                break
            found, self.tol = finer, tol
            further = self.gap.relative * FINER / self.wanted
            if further > 2 / FINER:
                # Errors follow the tolerance: what lies between needs no trial.
                tol = self.tol = max(tol / further, LEAST / FINER)
                found = solve(tol=tol)
                if not found.result.ok:
                    return found
        return found

    def _compare(self, coarser: Level, finer: Level) -> None:
        monitor = self.levels.monitor
        with monitor.phase("compare"):
            apart = element_gap(finer.space, finer.field, coarser.field, without=self.without)
        self.gap, self.on = Gap(*(PART * item for item in apart)), coarser
        history = monitor.record.history
        history.setdefault("agreement in time", []).append(self.gap.relative)

    def __str__(self) -> str:
        if self.gap is None or self.on is None:
            return "steps in time not judged"
        return f"steps in time, by two tolerances on one mesh: {self.gap.relative:.1e}; {self.on}"


def _steps(level: Level) -> int:
    return len(level.field.knots) - 1
