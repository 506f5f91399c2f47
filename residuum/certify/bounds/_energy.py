"""Bounds of the error of any smooth field, on meshes that are refined where they are not sharp."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum._core import Index, Monitor
from residuum.certify.bounds._coercive import Coercive, coercive
from residuum.certify.bounds._constants import Constant, friedrichs, poincare
from residuum.certify.bounds._crouzeix_raviart import least_eigenvalue
from residuum.certify.bounds._enclosure import cover
from residuum.certify.bounds._level import Level, Sides
from residuum.certify.bounds._residual import needed
from residuum.certify.bounds._settled import settled
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Problem

Derivatives = Callable[[np.ndarray, tuple[Index, ...]], Mapping[Index, np.ndarray]]
"""Points (n, d) and multi-indices to the derivatives (n,) of a field, by multi-index."""

START = {1: 16, 2: 100, 3: 64}
"""About how many lines, pairs of triangles or bricks a mesh starts with."""
MOST = {1: 4096, 2: 6000, 3: 5000}
"""The most cells a mesh is refined to."""
GAP, ROUNDING = 0.2, 1e-11
"""A bound is called an estimate where two rules differ by more than this share of it, unless it is
rounding alone: less than this share of the field's norm."""
TIGHT = 0.05
"""The share of a bound that two rules may differ by before the mesh is refined where they do."""
GAIN, BULK = 0.97, 0.6
"""A level that does not lower the bound by this factor is the last; share of the sum refined."""


@final
@dataclass(frozen=True)
class Bound:
    """What is proved of the error of a field.

    Args:
        value: the error is at most this.
        lower: and at least this.
        size: norm of the field.
        gap: share of the bound that stands for errors of quadrature.
        cells: of the last mesh.
        loose: why it is an estimate only; empty for a bound.
        assumptions: in words.
    """

    value: float
    lower: float
    size: float
    gap: float
    cells: int
    loose: str
    assumptions: tuple[str, ...]


def energy_bound(
    problem: Problem,
    jets: Derivatives,
    *,
    norm: str = "energy",
    effectivity: float = 1.5,
    tol: float | None = None,
    monitor: Monitor | None = None,
) -> Bound:
    """Bound the error of a field from its derivatives at points.

    Args:
        problem: a statement that ``coercive`` reads.
        jets: the derivatives of a twice continuously differentiable field.
        norm: ``"energy"`` or ``"L2"``.
        effectivity: the mesh is refined until the bound is at most this much larger than the error.
        tol: or until it is settled whether the error is below this share of the solution.
        monitor: its budget ends refinement.

    Raises:
        NotCovered: nothing can be proved, with the reason.
    """
    statement, monitor = coercive(problem), monitor or Monitor()
    indices = needed(statement)
    assert problem.shape is not None
    mesh = first_mesh(problem)
    domain = _constant(statement, mesh)
    last = math.inf
    while True:
        level = Level(statement, cover(mesh), lambda points: jets(points, indices), domain)
        level.check()
        found, sharp = level.quick(norm), None
        worst = found.by_cell
        size = level.size(norm, fine=False)
        close = found.value <= effectivity * found.lower or found.value > GAIN * last
        if close or settled(tol, found.lower, found.value, size):
            sharp = level.sharp(norm)
            worst = np.abs(sharp.by_cell - found.by_cell)
        small = found.value <= ROUNDING * size
        if sharp is not None:
            small |= sharp.value - found.value <= TIGHT * sharp.value and close
            loose = sharp.value - found.value > GAP * sharp.value
            small |= not loose and settled(tol, found.lower, sharp.value, size)
        finer = mesh if small or monitor.spent else mesh.refined(marked(worst))
        if finer is mesh or len(finer.cells) > MOST[mesh.dimension]:
            return _bound(level, norm, sharp or level.sharp(norm), found)
        last, mesh = math.inf if sharp else found.value, finer


def _constant(statement: Coercive, mesh: Mesh) -> Constant:
    """Return the constant of the domain, from a polygon drawn around it where nothing else helps.

    Functions that vanish on round parts go on with zero in what is drawn around them.
    """
    found = poincare(statement.problem) if statement.floating else friedrichs(statement.problem)
    if math.isfinite(found.value) or not (statement.held or statement.floating):
        return found
    around = cover(mesh).mesh
    least = least_eigenvalue(around, [part for part in statement.held if part in around.parts])
    return Constant(1 / math.sqrt(least), "an enclosed eigenvalue of a polygon drawn around it")


def first_mesh(problem: Problem) -> Mesh:
    """Return the mesh that bounds start from."""
    shape = problem.shape
    assert shape is not None
    d = shape.dimension
    return mesh_of(shape, (shape.measure() / START[d]) ** (1 / d))


def marked(by_cell: np.ndarray) -> np.ndarray:
    """Return the cells that make up the bulk of a sum, largest first."""
    order = np.argsort(-by_cell)
    share = np.cumsum(by_cell[order])
    chosen: np.ndarray = order[: int(np.searchsorted(share, BULK * share[-1])) + 1]
    return chosen


def _bound(level: Level, norm: str, found: Sides, quick: Sides) -> Bound:
    gap, size = 1 - min(1.0, quick.value / max(found.value, 1e-300)), level.size(norm, fine=True)
    if found.value <= ROUNDING * size:
        gap = 0.0
    return Bound(
        found.value,
        found.lower,
        size,
        gap,
        len(level.cover.mesh.cells),
        _loose(level, gap),
        _words(level, norm, gap),
    )


def _loose(level: Level, gap: float) -> str:
    """Return why a value is no bound; empty if it is one."""
    cover = level.cover
    free = [part for part in cover.curved if part not in level.statement.held]
    if cover.gap:
        return cover.gap
    if free:
        return f"the boundary is curved on {free[0]}, where no values are given"
    if gap > GAP:
        return f"quadrature is uncertain by {gap:.0%} of the value"
    return ""


def _words(level: Level, norm: str, gap: float) -> tuple[str, ...]:
    statement = level.statement
    words = [
        "the field is twice continuously differentiable"
        if statement.smooth
        else "the field is continuous with bounded derivatives"
    ]
    least = float(level.coarse.stiffness.min())
    words.append(f"the diffusion is at least {least:.4g}, from its values at quadrature points")
    if statement.held or statement.floating:
        words.append(f"constant {level.domain.value:.4g} of the domain ({level.domain.reason})")
    if level.coarse.reaction.any():
        words.append(f"the reaction is at least {float(level.coarse.reaction.min()):.4g}")
    if level.cover.curved:
        words.append("the statement and the field go on beyond curved parts up to their tangents")
    words.append(
        f"two quadrature rules differ by {gap:.1e} of the value, and the difference is added, on"
        f" {len(level.cover.mesh.cells)} cells"
    )
    loose = _loose(level, gap)
    return (*words, *([f"an estimate only: {loose}"] if loose else []))
