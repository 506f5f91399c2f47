"""Scaling: sizes of coordinates, unknowns and equations, so that a metre problem and a nanometre
problem behave alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from residuum._core import double_precision, generator
from residuum._core._jet import Index
from residuum.problem._places import at_points, interior_points, points_of
from residuum.problem._pointwise import Slot, pointwise
from residuum.problem._problem import Problem

SAMPLES = 128


@dataclass(frozen=True, eq=False)
class Scaling:
    """Characteristic sizes of a problem.

    Args:
        centre: middle of each coordinate's range, shape (d,).
        half_width: half the range of each coordinate, shape (d,).
        magnitudes: size of each unknown, shape (m,).
        residuals: size of the terms of each scalar equation, shape (equations,).
    """

    centre: np.ndarray
    half_width: np.ndarray
    magnitudes: np.ndarray
    residuals: np.ndarray

    def typical(self, slot: Slot) -> float:
        """Return the typical size of a derivative: magnitude over half-widths."""
        component, index = slot
        return float(self.magnitudes[component] / np.prod(self.half_width ** np.array(index)))


def scaling(problem: Problem, key: int = 23) -> Scaling:
    """Derive the scaling of a problem from its domain, conditions, data and coefficients."""
    bounds = bounds_of(problem)
    centre, half = bounds.mean(axis=1), np.ptp(bounds, axis=1) / 2
    with double_precision():
        points = interior_points(problem, SAMPLES, key)
        magnitudes = _magnitudes(problem, half, points)
        draft = Scaling(centre, half, magnitudes, np.ones(len(problem.residuals)))
        sizes = [_size(problem, r, draft, points) for r in problem.residuals]
    return Scaling(centre, half, magnitudes, np.array(sizes))


def bounds_of(problem: Problem) -> np.ndarray:
    """Return the bounds of the coordinates in the problem's order, shape (d, 2)."""
    rows = dict(zip(problem.domain.axes, np.asarray(problem.domain.bounds, float), strict=True))
    return np.array([rows[c.name] for c in problem.coordinates])


def _data(problem: Problem, u: Any) -> list[float]:
    sizes = [float(np.abs(item.values).max()) for item in problem.observations if item.unknown == u]
    for condition in problem.conditions:
        if condition.unknown != u or condition.kind not in ("initial", "dirichlet", "point_value"):
            continue
        value = problem.fill(condition.value)
        if value.is_number:
            sizes.append(abs(float(value)))
        elif value.free_symbols <= set(problem.coordinates) and not value.atoms(type(u)):
            points = points_of(problem, condition, SAMPLES)
            if points is not None:
                sizes.append(float(np.abs(at_points(problem, value, points)).max()))
    return [size for size in sizes if size > 0]


def _magnitudes(problem: Problem, half: np.ndarray, points: np.ndarray) -> np.ndarray:
    found = [max(_data(problem, u), default=0.0) for u in problem.unknowns]
    for j in range(len(found)):
        if found[j] == 0.0:
            found[j] = _from_source(problem, j, half, points)
    largest = max(found)
    return np.array([size if size > 0 else (largest or 1.0) for size in found])


def _from_source(problem: Problem, j: int, half: np.ndarray, points: np.ndarray) -> float:
    """Size of an unknown that the sources alone would produce: |f| L² / a, say."""
    sizes = []
    for residual in problem.residuals:
        at = pointwise(problem, residual)
        zeros = {slot: jnp.zeros(len(points)) for slot in at.slots}
        parameters = {p.name: p.value or sum(p.bounds or (0, 0)) / 2 for p in problem.inferred}
        source = np.abs(np.asarray(at(jnp.asarray(points), zeros, parameters=parameters))).max()
        slopes = at.slopes(jnp.asarray(points), zeros, parameters=parameters)
        terms = [
            _over(half, k) * float(np.abs(np.asarray(s)).max())
            for (i, k), s in slopes.items()
            if i == j
        ]
        if source > 0 and max(terms, default=0.0) > 0:
            sizes.append(source / max(terms))
    return max(sizes, default=0.0)


def _over(half: np.ndarray, index: Index) -> float:
    return float(1.0 / np.prod(half ** np.array(index)))


def _size(problem: Problem, residual: Any, draft: Scaling, points: np.ndarray) -> float:
    at = pointwise(problem, residual)
    signs = generator(29)
    x = jnp.asarray(points)
    state = {
        s: jnp.asarray(signs.choice([-1.0, 1.0], len(points)) * draft.typical(s)) for s in at.slots
    }
    parameters = {p.name: p.value or sum(p.bounds or (0, 0)) / 2 for p in problem.inferred}
    slopes = at.slopes(x, state, parameters=parameters)
    terms = [
        float(np.abs(np.asarray(slope)).mean()) * draft.typical(s) for s, slope in slopes.items()
    ]
    zeros = {slot: jnp.zeros(len(points)) for slot in at.slots}
    source = float(np.abs(np.asarray(at(x, zeros, parameters=parameters))).mean())
    size = max([*terms, source])
    return size if np.isfinite(size) and size > 0 else 1.0
