"""A periodic problem in Fourier modes: the linear part as a symbol, the rest pseudospectral."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array
from sympy.core.function import AppliedUndef

from residuum.discretise.spectral._axis import FourierAxis
from residuum.discretise.spectral._grid import Grid
from residuum.discretise.spectral._lines import leading
from residuum.problem import Pointwise, Problem, pointwise
from residuum.problem._places import at_points

Term = tuple[int, int, tuple[int, ...], float]
"""Equation, unknown, space derivative, factor."""


class Split(NamedTuple):
    """The equations as mass · u_t + linear terms + rest = 0.

    Args:
        mass: factors of the time derivatives, (m, m); the unit matrix for a steady problem.
        terms: linear terms with constant factors.
        rest: everything else, one expression per equation.
    """

    mass: np.ndarray
    terms: list[Term]
    rest: list[Pointwise]


def split(problem: Problem) -> Split | str:
    """Take the equations apart, or return what does not fit, as a phrase."""
    m = len(problem.unknowns)
    mass, terms, rest = np.eye(m), [], []
    tops = leading(problem) if problem.time is not None else []
    for i, residual in enumerate(problem.residuals):
        for j, top in enumerate(tops):
            factor = sp.diff(residual, top)
            if not factor.is_number:
                return f"the factor {factor} of {top}, which is not constant"
            mass[i, j] = float(factor)
        body = sp.expand(residual.xreplace(dict.fromkeys(tops, sp.Integer(0))))
        left: list[Any] = []
        atoms = pointwise(problem, body).atoms
        for term in sp.Add.make_args(body):
            mine = [a for a in sp.Mul.make_args(term) if a in atoms]
            factor = term / mine[0] if len(mine) == 1 else None
            if factor is not None and factor.is_number:
                component, index = atoms[mine[0]]
                space = index[1:] if problem.time is not None else index
                terms.append((i, component, space, float(factor)))
            else:
                left.append(term)
        rest.append(pointwise(problem, sp.Add(*left)))
    if np.linalg.matrix_rank(mass) < m:
        return "time derivatives that do not determine every unknown"
    return Split(mass, terms, rest)


@final
class Modes:
    """A periodic problem on a Fourier grid.

    States are modes of shape (m, n_1, …, n_d / 2 + 1), as ``rfftn`` orders them.

    Args:
        problem: of first order in time or steady.
        parts: what ``split`` found.
        axes: the space axes.
    """

    def __init__(self, problem: Problem, parts: Split, axes: Sequence[FourierAxis]) -> None:
        self.problem, self.parts, self.axes = problem, parts, tuple(axes)
        self.grid = Grid(self.axes)
        self.across = tuple(range(1, len(self.axes) + 1))
        self.evolving = problem.time is not None
        self.inverse = -np.linalg.inv(parts.mass)
        full = self._matrix()
        self.symbol = np.stack([full[j, j] for j in range(len(full))])
        self.coupling = full.copy()
        for j in range(len(full)):
            self.coupling[j, j] = 0.0
        self.forced = any(not (p.expression.is_number and p.expression == 0) for p in parts.rest)

    def factors(self, index: Sequence[int]) -> np.ndarray:
        """Return (ik)^index on the half grid of modes."""
        total: np.ndarray = np.ones((1,) * len(self.axes), complex)
        for k, (axis, order) in enumerate(zip(self.axes, index, strict=True)):
            line = axis.factors(order)
            if k == len(self.axes) - 1:
                line = line[: axis.count // 2 + 1]
                # The unpaired mode of the half grid counts as positive; its even powers agree.
            shape = [1] * len(self.axes)
            shape[k] = len(line)
            total = total * line.reshape(shape)
        return total

    @property
    def mask(self) -> np.ndarray:
        """The two-thirds rule: true where products of two kept modes are free of aliases."""
        kept: np.ndarray = np.ones((1,) * len(self.axes), bool)
        for k, axis in enumerate(self.axes):
            number = np.abs(np.fft.fftfreq(axis.count, 1 / axis.count))
            if k == len(self.axes) - 1:
                number = number[: axis.count // 2 + 1]
            shape = [1] * len(self.axes)
            shape[k] = len(number)
            kept = kept & (number < axis.count / 3).reshape(shape)
        return kept

    @property
    def data(self) -> dict[str, Any]:
        """Arrays that ``nonlinear`` reads: derivatives, mask, coupling, points."""
        slots = {slot for part in self.parts.rest for slot in part.slots}
        spaces = {self._space(index) for _, index in slots}
        return {
            "factors": {index: self.factors(index) for index in sorted(spaces)},
            "mask": self.mask,
            "coupling": self.coupling,
            "points": self.grid.points,
        }

    def nonlinear(self, state: Array, time: Array, data: Any) -> Array:
        """Return the part of u_t that the diagonal symbol leaves out, in modes."""
        total = jnp.zeros_like(state)
        if np.any(self.coupling):
            total = total + (data["coupling"] * state[None]).sum(axis=1)
        if self.forced:
            total = total + self._pseudospectral(state, time, data)
        return total

    def start(self) -> np.ndarray:
        """Return the initial modes.

        The data are sampled on a finer grid and cut off: sampled on the grid itself, a kink or a
        jump would alias into the long waves.
        """
        over = {1: 16, 2: 4}.get(len(self.axes), 2)
        fine = Grid(tuple(axis.resized(over * axis.count) for axis in self.axes))
        share = float(over ** len(self.axes))
        samples = [self._sample(u, fine) for u in self.problem.unknowns]
        return np.stack([self._cut(np.fft.rfftn(row) / share) for row in samples])

    def sampled(self) -> np.ndarray:
        """Return the initial data at the nodes, (*shape, m)."""
        return np.stack([self._sample(u, self.grid) for u in self.problem.unknowns], axis=-1)

    def _sample(self, unknown: Any, grid: Grid) -> np.ndarray:
        begin = np.full((grid.size, int(self.evolving)), (self.problem.interval or (0.0, 0.0))[0])
        points = np.concatenate([begin, np.asarray(grid.points)], axis=1)
        value = self.problem.initial_value(unknown)
        assert value is not None  # the checks of the problem ask for it
        if value.free_symbols <= set(self.problem.coordinates) and not value.atoms(AppliedUndef):
            # By NumPy: every new grid would have JAX compile each operation for its shape.
            return at_points(self.problem, value, points).reshape(grid.shape)
        found = pointwise(self.problem, value)(jnp.asarray(points), {})
        return np.asarray(found).reshape(grid.shape)

    def steady(self) -> tuple[np.ndarray, bool]:
        """Solve the linear steady problem; false if a mode is left open that the data excite."""
        points = jnp.asarray(self.grid.points)
        load = [np.asarray(part(points, {})).reshape(self.grid.shape) for part in self.parts.rest]
        right = np.stack([np.fft.rfftn(row) for row in load])
        matrix = np.moveaxis(-self._matrix(), (0, 1), (-2, -1))
        flat = np.moveaxis(right, 0, -1)[..., None]
        found = -(np.linalg.pinv(matrix, rcond=1e-13) @ flat)
        defect = np.abs(matrix @ found + flat).max()
        solvable = bool(defect <= 1e-10 * max(float(np.abs(flat).max()), 1e-300))
        return np.moveaxis(found[..., 0], -1, 0), solvable

    def nodal(self, states: np.ndarray) -> np.ndarray:
        """Return values (k, *shape, m) of modes (k, m, …)."""
        axes = tuple(range(2, len(self.axes) + 2))
        return np.moveaxis(np.fft.irfftn(states, s=self.grid.shape, axes=axes), 1, -1)

    def _space(self, index: tuple[int, ...]) -> tuple[int, ...]:
        return index[1:] if self.evolving else index

    def _matrix(self) -> np.ndarray:
        """Return the symbol of every unknown in every equation, solved for u_t: (m, m, …)."""
        m = len(self.problem.unknowns)
        shape = (*self.grid.shape[:-1], self.axes[-1].count // 2 + 1)
        total = np.zeros((m, m, *shape), complex)
        for i, j, index, factor in self.parts.terms:
            total[i, j] += factor * self.factors(index)
        found: np.ndarray = np.einsum("ab,bc...->ac...", self.inverse, total)
        return found

    def _pseudospectral(self, state: Array, time: Array, data: Any) -> Array:
        values: dict[Any, Array] = {}
        for part in self.parts.rest:
            for slot in part.slots:
                if slot not in values:
                    modes = data["factors"][self._space(slot[1])] * state[slot[0]]
                    values[slot] = jnp.fft.irfftn(modes, s=self.grid.shape).reshape(-1)
        points = data["points"]
        points = jnp.concatenate([jnp.full((points.shape[0], 1), time), points], axis=1)
        rows = jnp.stack([part(points, values) for part in self.parts.rest])
        rates = jnp.asarray(self.inverse) @ rows
        modes = jnp.fft.rfftn(rates.reshape(-1, *self.grid.shape), axes=self.across)
        return jnp.where(data["mask"], modes, 0.0) if values else modes

    def _cut(self, modes: np.ndarray) -> np.ndarray:
        """Return the modes of the grid out of those of a finer one, without unpaired ones."""
        for k, axis in enumerate(self.axes):
            half = (axis.count - 1) // 2
            if k == len(self.axes) - 1:
                keep, width = np.arange(half + 1), axis.count // 2 + 1
                places = keep
            else:
                keep = np.r_[np.arange(half + 1), -np.arange(1, half + 1)]
                places, width = keep % axis.count, axis.count
            moved = np.moveaxis(modes, k, 0)
            found = np.zeros((width, *moved.shape[1:]), complex)
            found[places] = moved[keep]
            modes = np.moveaxis(found, 0, k)
        return modes
