"""Meshes moved by a potential so that every cell holds as much of a monitor function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source, double_precision
from residuum.geometry import Box
from residuum.geometry.mesh import Mesh
from residuum.geometry.mesh._simplices import volumes

DATA_FREE = Source(
    "data-free-mesh-mover",
    "Better Neural PDE Solvers Through Data-Free Mesh Movers",
    "P. Hu, Y. Wang, Z.-M. Ma",
    2024,
    "arXiv:2312.05583",
    "verified",
)
LEAST = 1e-3
"""Least area of a moved cell, over its area before."""
Monitor = Callable[[Array], Array]
"""Places (n, 2) to positive numbers (n,)."""


@final
@dataclass(frozen=True, eq=False)
class CosinePotential:
    """φ on a rectangle, a sum of products of cosines: its normal derivative vanishes on the sides.

    x = ξ + grad φ(ξ) then takes every side to itself, whatever the coefficients are.

    Args:
        box: the rectangle.
        coefficients: (k, k), of cos(iπ a) cos(jπ b) / (π² (i² + j²)) with a, b in [0, 1] along the
            axes; in units of the square of the lengths. The first is not used.
    """

    box: Box
    coefficients: np.ndarray

    def moved(self, points: np.ndarray, share: float = 1.0) -> np.ndarray:
        """Return where points (n, 2) of the rectangle go with a share of the move."""
        low, high = self.box.bounds.T
        unit = np.clip((points - low) / (high - low), 0.0, 1.0)
        tables = potential_tables(unit, len(self.coefficients))
        way = np.stack([t @ self.coefficients.ravel() for t in tables[:2]], axis=1)
        found = unit + share * way
        # Sides are kept to the last digit.
        sides = (unit == 0.0) | (unit == 1.0)
        return low + (high - low) * np.where(sides, unit, found)

    def moved_mesh(self, mesh: Mesh) -> tuple[Mesh, float]:
        """Return a mesh of the rectangle with moved points, and the share of the move taken.

        The move is halved until no cell is folded or thinner than ``LEAST`` of its area before.
        """
        share, before = 1.0, volumes(mesh.points, mesh.cells)
        while True:
            points = self.moved(mesh.points, share)
            if (volumes(points, mesh.cells) > LEAST * before).all():
                return Mesh(points, mesh.cells, mesh.parts, axes=mesh.axes, shape=mesh.shape), share
            share = share / 2 if share > 1e-6 else 0.0


def potential_tables(unit: np.ndarray, modes: int) -> list[np.ndarray]:
    """Return φ_x, φ_y, φ_xx, φ_xy, φ_yy of every mode at points of the unit square, (n, k²) each.

    Every mode is divided by π² (i² + j²), so that second derivatives are of size one.
    """
    i = np.arange(modes)
    waves = [np.cos(np.pi * np.outer(unit[:, k], i)) for k in (0, 1)]
    slopes = [-np.pi * i * np.sin(np.pi * np.outer(unit[:, k], i)) for k in (0, 1)]
    bends = [-((np.pi * i) ** 2) * waves[k] for k in (0, 1)]
    scale = np.pi**2 * (i[:, None] ** 2 + i[None] ** 2)
    scale[0, 0] = np.inf
    pairs = [
        (slopes[0], waves[1]),
        (waves[0], slopes[1]),
        (bends[0], waves[1]),
        (slopes[0], slopes[1]),
        (waves[0], bends[1]),
    ]
    return [(a[:, :, None] * b[:, None] / scale).reshape(len(unit), -1) for a, b in pairs]


def slope_monitor_of(function: Monitor, box: Box, strength: float = 0.01) -> Monitor:
    """Return m = 1 + |grad u| / (strength · mean |grad u|) of a JAX function u of places (n, 2).

    With 0.01, as in the paper, m reaches a hundred times its least value on average: nearly all
    points go to what is steep. With 1 half of them do.
    """
    low, high = box.bounds.T
    sides = (np.arange(256) + 0.5) / 256
    grid = np.stack(np.meshgrid(sides, sides, indexing="ij"), -1).reshape(-1, 2)

    def steepness(places: Array) -> Array:
        slope = jax.grad(lambda x: function(x).sum())(places)
        return jnp.sqrt((slope**2).sum(axis=1) + 1e-30)

    with double_precision():
        mean = float(steepness(jnp.asarray(low + (high - low) * grid)).mean())
    return lambda places: 1 + steepness(places) / (strength * mean)


def unevenness(mesh: Mesh, monitor: Monitor) -> float:
    """Return the deviation of ∫ m over the cells, over its mean: 0 for an equidistributed mesh."""
    corners = mesh.points[mesh.cells]
    shares = np.array([[2, 1, 1], [1, 2, 1], [1, 1, 2]]) / 4
    with double_precision():
        at = np.einsum("qk,ckd->cqd", shares, corners).reshape(-1, 2)
        values = np.asarray(monitor(jnp.asarray(at))).reshape(len(corners), -1)
    held = values.mean(axis=1) * volumes(mesh.points, mesh.cells)
    return float(held.std() / held.mean())


@final
@dataclass(frozen=True)
class MeshMover:
    """Solve the Monge-Ampère equation for one monitor, without training.

        m(x) det(I + H φ) = θ,   x = ξ + grad φ,   θ = mean of m

    by Gauss-Newton steps on the mean of (m det / θ - 1)² over the coefficients of cosines, which
    hold the points of the sides on the sides. The monitor is raised from a power of itself to
    itself in stages; a step is halved until det and both diagonal entries of I + H φ are positive.

    Args:
        modes: cosines along each axis: 16 to 32; sharp monitors need more.
        samples: points along each axis where the equation is asked for, two for each mode at least.
        stages: powers of the monitor on the way.
        steps: most steps of a stage.

    Raises:
        OptionError: an option is out of range.
    """

    modes: int = 20
    samples: int = 48
    stages: int = 4
    steps: int = 15

    sources: ClassVar[tuple[Source, ...]] = (DATA_FREE,)

    def __post_init__(self) -> None:
        if self.modes < 2 or self.samples < self.modes or min(self.stages, self.steps) < 1:
            got = f"modes {self.modes}, samples {self.samples}, stages {self.stages}"
            raise OptionError("two modes, more samples, one stage", got, "Leave them out.")

    def fit(self, monitor: Monitor, box: Box) -> CosinePotential:
        """Return the potential for a monitor on a rectangle.

        Args:
            monitor: a JAX function of places (n, 2), positive.
            box: the rectangle.
        """
        sides = (np.arange(self.samples) + 0.5) / self.samples
        unit = np.stack(np.meshgrid(sides, sides, indexing="ij"), -1).reshape(-1, 2)
        tables = potential_tables(unit, self.modes)
        low, high = box.bounds.T

        @jax.jit
        def both(places: Array) -> Any:
            value, back = jax.vjp(monitor, places)
            return value, back(jnp.ones_like(value))[0]

        found = np.zeros(self.modes**2)
        with double_precision():
            for stage in range(1, self.stages + 1):
                power = stage / self.stages

                def rows(a: np.ndarray, power: float = power) -> Any:
                    place = unit + np.stack([tables[0] @ a, tables[1] @ a], axis=1)
                    value, slope = both(jnp.asarray(low + (high - low) * place))
                    value, slope = np.asarray(value), np.asarray(slope) * (high - low)
                    raised = value**power
                    return raised, (power * raised / value)[:, None] * slope

                found = self._stage(rows, tables, found)
        return CosinePotential(box, found.reshape(self.modes, self.modes))

    def _stage(self, rows: Any, tables: list[np.ndarray], a: np.ndarray) -> np.ndarray:
        """Return coefficients after Gauss-Newton steps for one power of the monitor."""
        now, damping = _equation(rows, tables, a), 1e-3
        for _ in range(self.steps):
            value, matrix = now[0], now[1]()
            loss = float((value**2).mean())
            gram, right = matrix.T @ matrix, matrix.T @ value
            accepted = False
            for _ in range(8):
                lifted = gram + damping * np.trace(gram) / len(gram) * np.eye(len(gram))
                move = np.linalg.solve(lifted, right)
                trial = _equation(rows, tables, a - move)
                accepted = trial[2] and float((trial[0] ** 2).mean()) < loss
                if accepted:
                    break
                damping *= 5
            if not accepted:
                break
            a, now, damping = a - move, trial, max(damping / 5, 1e-9)
            if float((now[0] ** 2).mean()) > 0.98 * loss:
                break
        return a


def _equation(rows: Any, tables: list[np.ndarray], a: np.ndarray) -> tuple[Any, Any, bool]:
    """Return m det / θ - 1 at the samples, what makes its derivatives, and whether nothing folds.

    θ is the mean of m det: the integral of m over the moved square.
    """
    xx, xy, yy = (table @ a for table in tables[2:])
    det = (1 + xx) * (1 + yy) - xy**2
    upright = bool(det.min() > 0 and xx.min() > -1 and yy.min() > -1)
    value, slope = rows(a)
    whole = value * det
    mean = whole.mean()

    def matrix() -> np.ndarray:
        turned = (1 + yy)[:, None] * tables[2] + (1 + xx)[:, None] * tables[4]
        turned = value[:, None] * (turned - 2 * xy[:, None] * tables[3])
        turned += det[:, None] * (slope[:, :1] * tables[0] + slope[:, 1:] * tables[1])
        return np.asarray(turned / mean - np.outer(whole, turned.mean(axis=0)) / mean**2)

    return whole / mean - 1, matrix, upright
