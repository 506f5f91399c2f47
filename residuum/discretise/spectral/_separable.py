"""Fast diagonalisation: separable linear problems on boxes in many dimensions.

A sum of operators along one axis each is inverted by the eigenvectors of each axis alone, so that
n^d unknowns cost d·n^(d+1) operations. R. E. Lynch, J. R. Rice, D. H. Thomas, Direct solution of
partial difference equations by tensor product methods, Numer. Math. 6 (1964); with collocation,
D. B. Haidvogel, T. Zang, J. Comput. Phys. 30 (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from residuum.discretise.spectral._axis import Axis, FourierAxis
from residuum.discretise.spectral._grid import Grid
from residuum.discretise.spectral._sides import SIDE_KINDS, component_of, sides_of
from residuum.discretise.spectral._terms import Split, split
from residuum.problem import Problem, pointwise
from residuum.problem._places import at_points

DIMENSIONS = 5
NULL = 1e-11
"""Sums of eigenvalues below this share of the largest are zero: the operator is singular."""
OPEN = 1e-6
"""A load on the null space counts as one above this: on coarse grids it has an error itself."""


@final
@dataclass(frozen=True)
class Separation:
    """A problem mass · ∂_t^order u = Σ_k (second_k ∂_k² + first_k ∂_k) u + zeroth · u + load.

    Args:
        problem: of one unknown.
        order: in time, up to two.
        mass: zero for a steady problem.
        second: one factor per axis.
        first: one factor per axis.
        zeroth: factor of the unknown itself.
        loads: what is left, expressions free of the unknown.
        sides: by (axis, upper): factors of value and outward slope, and what they give.
    """

    problem: Problem
    order: int
    mass: float
    second: tuple[float, ...]
    first: tuple[float, ...]
    zeroth: float
    loads: tuple[Any, ...]
    sides: dict[tuple[int, bool], tuple[float, float, Any]]

    @property
    def open_mean(self) -> bool:
        """Whether the solution is fixed only up to a constant."""
        slopes = all(a == 0 for a, _, _ in self.sides.values())
        return self.mass == 0 and self.zeroth == 0 and slopes


def separate(problem: Problem) -> Separation | None:
    """Return a problem as a sum of operators along one axis each, or ``None`` if it is not one."""
    allowed = ("initial", "initial_rate", "periodic", "integral", "point_value", *SIDE_KINDS[:3])
    plain = all(c.kind in allowed and c.unknown in problem.unknowns for c in problem.conditions)
    if len(problem.unknowns) != 1 or not problem.space or problem.inferred or not plain:
        return None
    parts = split(problem)
    if isinstance(parts, str) or any(_varied(piece) for piece in parts.pieces):
        return None
    found = _factors(parts, len(problem.space))
    sides = _sides(problem, found[2]) if found else None
    if found is None or sides is None:
        return None
    mass, first, second, zeroth = found
    sign = -1.0 if mass > 0 else 1.0
    loads = (piece.operator[0][1] * piece.body.expression for piece in parts.pieces)
    made = Separation(
        problem,
        max(parts.orders),
        abs(mass),
        tuple(sign * c for c in second),
        tuple(sign * c for c in first),
        sign * zeroth,
        tuple(sign * load for load in loads),
        sides,
    )
    fixed = any(c.kind in ("integral", "point_value") for c in problem.conditions)
    return None if fixed and not made.open_mean else made


def _varied(piece: Any) -> bool:
    return bool(piece.body.slots) or len(piece.operator) > 1 or any(piece.operator[0][0])


def _factors(parts: Split, d: int) -> tuple[float, list[float], list[float], float] | None:
    """Return mass and factors of first, second and zeroth order, if no term mixes axes."""
    mass, zeroth, first, second = 0.0, 0.0, [0.0] * d, [0.0] * d
    for term in parts.terms:
        along = [k for k, order in enumerate(term.space) if order]
        mixed = len(along) > 1 or (term.time and along) or max(term.space) > 2
        if mixed or term.time > 2 or term.time not in (0, max(parts.orders)):
            return None
        if term.time:
            mass += float(term.factor)
        elif not along:
            zeroth += float(term.factor)
        else:
            table = first if term.space[along[0]] == 1 else second
            table[along[0]] += float(term.factor)
    return mass, first, second, zeroth


def _sides(
    problem: Problem, second: Sequence[float]
) -> dict[tuple[int, bool], tuple[float, float, Any]] | None:
    """Return the conditions by side: one each where the axis is not periodic."""
    found: dict[tuple[int, bool], tuple[float, float, Any]] = {}
    for c in problem.conditions:
        if c.kind not in SIDE_KINDS:
            continue
        a, b = {"dirichlet": (1, 0), "neumann": (0, 1)}.get(c.kind, (0, 0))
        factors = [problem.fill(f) for f in (c.factors or (a, b))]
        if component_of(problem, c) < 0 or not all(f.is_number for f in map(sp.sympify, factors)):
            return None
        for side in sides_of(problem, c):
            if side in found:
                return None
            found[side] = (float(factors[0]), float(factors[1]), problem.fill(c.value))
    names = problem.periodic_axes(problem.unknowns[0])
    for k, axis in enumerate(problem.space):
        ends = {(k, False), (k, True)} & set(found)
        if second[k] == 0 or len(ends) != (0 if axis.name in names else 2):
            return None
    return found


@final
class Separable:
    """A separable problem on a grid, diagonalised.

    Args:
        form: the problem taken apart.
        grid: Chebyshev or Fourier axes.
    """

    def __init__(self, form: Separation, grid: Grid) -> None:
        self.form, self.grid = form, grid
        self.lines = [_Line(form, k, axis) for k, axis in enumerate(grid.axes)]
        self.inner = tuple(slice(None) if s.around else slice(1, -1) for s in self.lines)
        total = np.full((1,) * len(self.lines), form.zeroth, complex)
        for k, line in enumerate(self.lines):
            shape = [1] * len(self.lines)
            shape[k] = -1
            total = total + line.values.reshape(shape)
        self.real = all(np.isrealobj(line.values) for line in self.lines)
        self.values = total.real if self.real else total
        """Eigenvalues of the whole operator, over the nodes that no condition owns."""
        self.moving = any(form.problem.time in e.free_symbols for e in self._expressions)

    @property
    def _expressions(self) -> list[Any]:
        return [*self.form.loads, *(side[2] for side in self.form.sides.values())]

    def into(self, nodal: np.ndarray) -> np.ndarray:
        """Return the coefficients of free nodal values in the eigenvectors."""
        for k, line in enumerate(self.lines):
            nodal = along(line.inverse, nodal, k)
        return nodal

    def back(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the free nodal values of coefficients."""
        for k, line in enumerate(self.lines):
            coefficients = along(line.vectors, coefficients, k)
        return coefficients.real

    def extended(self, free: np.ndarray, time: float) -> np.ndarray:
        """Return the values at all nodes: those at the sides follow from the conditions."""
        found = free
        for k, line in enumerate(self.lines):
            if not line.around:
                # Axes before are complete by now, axes after still lack their ends.
                found = along(line.extend, found, k) + along(line.lift, self._given(k, time), k)
        return found

    def load(self, time: float) -> np.ndarray:
        """Return what drives the free nodes: loads, and conditions that are not zero."""
        shape = tuple(len(line.values) for line in self.lines)
        found = np.zeros(shape)
        for expression in self.form.loads:
            found = found + self._at(expression, self._nodes(), time)[self.inner]
        lift = self.extended(np.zeros(shape), time)
        if lift.any():
            for k, line in enumerate(self.lines):
                found = found + along(line.operator, lift, k)[self.inner]
        return found

    def steady(self) -> tuple[np.ndarray, bool]:
        """Return the solution at all nodes, and whether the load fits a singular operator."""
        right = self.into(-self.load(0.0))
        empty = np.abs(self.values) <= NULL * np.abs(self.values).max()
        found = np.where(empty, 0.0, right / np.where(empty, 1.0, self.values))
        size = max(float(np.abs(right).max()), 1e-300)
        solvable = bool((np.abs(right[empty]) <= OPEN * size).all())
        nodal = self.extended(self.back(found), 0.0)
        return (self._shifted(nodal) if self.form.open_mean else nodal), solvable

    def _shifted(self, nodal: np.ndarray) -> np.ndarray:
        """Add the constant that an integral or a point asks for; without one, mean zero."""
        kinds = ("integral", "point_value")
        asked = next((c for c in self.form.problem.conditions if c.kind in kinds), None)
        at = dict(getattr(asked, "at", ()))
        value = float(self.form.problem.fill(asked.value)) if asked is not None else 0.0
        found, volume = nodal, 1.0
        for axis, name in zip(self.grid.axes, self.form.problem.space, strict=True):
            if at:
                row = axis.basis(np.array([at[name.name]]), 0)[0][0]
            else:
                row, volume = integration(axis), volume * (axis.high - axis.low)
            found = np.tensordot(row, axis.stored(found, 0), axes=(0, 0))
        shifted: np.ndarray = nodal + (value - float(found)) / volume
        return shifted

    def start(self, kind: str = "initial") -> np.ndarray:
        """Return the initial values at all nodes, or with ``"initial_rate"`` the rates."""
        problem = self.form.problem
        value = next(c.value for c in problem.conditions if c.kind == kind)
        assert problem.interval is not None
        return self._at(problem.fill(value), self._nodes(), problem.interval[0])

    def _nodes(self) -> list[np.ndarray]:
        return [axis.nodes for axis in self.grid.axes]

    def _given(self, k: int, time: float) -> np.ndarray:
        """Return what the two conditions of an axis give, with two entries along it."""
        ends = []
        for upper in (False, True):
            places = [
                axis.nodes if j < k or self.lines[j].around else axis.nodes[1:-1]
                for j, axis in enumerate(self.grid.axes)
            ]
            places[k] = self.grid.axes[k].nodes[[-1 if upper else 0]]
            ends.append(self._at(self.form.sides[(k, upper)][2], places, time))
        return np.concatenate(ends, axis=k)

    def _at(self, expression: Any, places: Sequence[np.ndarray], time: float) -> np.ndarray:
        shape = tuple(len(place) for place in places)
        if expression.is_number:
            return np.full(shape, float(expression))
        problem = self.form.problem
        grids = np.meshgrid(*places, indexing="ij")
        columns = [g.ravel() for g in grids]
        if problem.time is not None:
            columns = [np.full(columns[0].size, time), *columns]
        points = np.stack(columns, axis=1)
        if not expression.atoms(AppliedUndef):
            return at_points(problem, expression, points).reshape(shape)
        return np.asarray(pointwise(problem, expression)(jnp.asarray(points), {})).reshape(shape)


@final
class _Line:
    """One axis: its operator on free nodes, diagonalised, and how the ends follow from these."""

    def __init__(self, form: Separation, k: int, axis: Axis) -> None:
        self.around = isinstance(axis, FourierAxis)
        slope = axis.matrix(1)
        self.operator = form.second[k] * axis.matrix(2) + form.first[k] * slope
        inner = self.operator
        if not self.around:
            rows = np.zeros((2, axis.count))
            for i, (end, sign) in enumerate(((0, -1.0), (-1, 1.0))):
                a, b, _ = form.sides[(k, bool(i))]
                rows[i, end] += a
                rows[i] += sign * b * slope[end]
            owned = np.linalg.inv(rows[:, [0, -1]])
            self.extend = np.zeros((axis.count, axis.count - 2))
            self.extend[1:-1] = np.eye(axis.count - 2)
            self.extend[[0, -1]] = -owned @ rows[:, 1:-1]
            self.lift = np.zeros((axis.count, 2))
            self.lift[[0, -1]] = owned
            inner = self.operator[1:-1] @ self.extend
        values, vectors = np.linalg.eig(inner)
        if np.abs(values.imag).max() <= 1e-9 * np.abs(values).max():
            symmetric = np.abs(inner - inner.T).max() <= 1e-12 * np.abs(inner).max()
            values, vectors = np.linalg.eigh(inner) if symmetric else (values.real, vectors.real)
        self.values, self.vectors = values, vectors
        self.inverse = np.linalg.inv(vectors)


def integration(axis: Axis) -> np.ndarray:
    """Return weights that integrate what multiplies the basis of an axis, (count,)."""
    nodes, weights = np.polynomial.legendre.leggauss(2 * axis.count)
    half = (axis.high - axis.low) / 2
    found: np.ndarray = half * weights @ axis.basis(axis.low + half * (nodes + 1), 0)[0]
    return found


def along(matrix: np.ndarray, array: np.ndarray, k: int) -> np.ndarray:
    """Return a matrix applied along one axis of an array."""
    found: np.ndarray = np.moveaxis(np.tensordot(matrix, array, axes=(1, k)), 0, k)
    return found


def separable_of(problem: Problem, axes: Sequence[Axis]) -> Separable | None:
    """Return a problem diagonalised on these axes, or ``None`` if it is not separable."""
    form = separate(problem)
    return Separable(form, Grid(tuple(axes))) if form is not None else None
