"""Steady problems on a grid: one direct solve if linear, Newton's method if not."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Result
from residuum.discretise.spectral._form import GridForm
from residuum.discretise.spectral._grid import Grid, Nodes
from residuum.discretise.spectral._sides import Sides
from residuum.problem import Problem, pointwise

PATIENCE = 40
"""Newton iterations before the answer is called stagnated."""


@final
class Steady:
    """A steady problem as F(y) = 0 in nodal values: equations inside, conditions at their nodes.

    Args:
        problem: a steady problem on a box.
        grid: its grid.
    """

    def __init__(self, problem: Problem, grid: Grid) -> None:
        self.grid, self.count = grid, len(problem.unknowns)
        self.sides = Sides(problem, grid)
        self.forms = [GridForm(pointwise(problem, r), grid.shape, False) for r in problem.residuals]
        needs = [index for form in self.forms for index in form.needs] + self.sides.needs
        self.nodes = jax.tree.map(jnp.asarray, grid.nodes(needs))

    @property
    def size(self) -> int:
        """Number of nodal values."""
        return self.count * self.grid.size

    def compiled(self) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """Return the compiled residual and Jacobian, functions of (size,)."""
        zero = jnp.zeros(self.size)
        residual = jax.jit(self._residual).lower(zero, self.nodes).compile()
        slope = jax.jit(jax.jacfwd(self._residual)).lower(zero, self.nodes).compile()
        return (lambda y: residual(y, self.nodes)), (lambda y: slope(y, self.nodes))

    def _residual(self, state: Array, nodes: Nodes) -> Array:
        levels = [state.reshape(self.count, self.grid.size).T]
        inside = jnp.stack([form(0.0, levels, nodes) for form in self.forms])
        edge = self.sides.defects(0.0, levels, nodes)
        return jnp.where(jnp.asarray(self.sides.owned), edge, inside).reshape(-1)

    def nodal(self, state: np.ndarray) -> np.ndarray:
        """Return values (*shape, m) of a state (size,)."""
        return np.moveaxis(state.reshape(self.count, *self.grid.shape), 0, -1)


def newton(
    residual: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    start: np.ndarray,
    *,
    go_on: Callable[[int, float], bool],
) -> tuple[np.ndarray, Result, int]:
    """Solve F(y) = 0 by Newton's method with backtracking; a linear problem takes two steps.

    Rows are scaled by the Jacobian's largest entries, so that second derivatives at the ends of a
    Chebyshev axis do not drown the conditions.

    Args:
        residual: F.
        slope: its Jacobian.
        start: first guess, (n,).
        go_on: called with the iteration and the size of the step; false stops.

    Returns:
        The best state, how it ended, and the number of iterations. ``STAGNATED`` means that no
        step along the Newton direction lowers the residual.
    """
    state, best = start, start
    last = np.inf
    for iteration in range(1, PATIENCE + 1):
        matrix, value = (
            np.asarray(slope(jnp.asarray(state))),
            np.asarray(residual(jnp.asarray(state))),
        )
        if not (np.isfinite(matrix).all() and np.isfinite(value).all()):
            return best, Result.NOT_FINITE, iteration
        weight = 1.0 / np.maximum(np.abs(matrix).max(axis=1), 1e-300)
        step = _solve(matrix * weight[:, None], -value * weight)
        if step is None:
            return best, Result.STAGNATED, iteration
        best, factor = _search(residual, weight, state, step)
        size = float(np.linalg.norm(best - state)) / max(float(np.linalg.norm(best)), 1e-300)
        state = best
        # Twice the same tiny step is the rounding of the solve itself.
        if factor == 1.0 and (size < 1e-14 or (size < 1e-8 and size > 0.05 * last)):
            return best, Result.SUCCESSFUL, iteration
        if factor == 0.0:
            return best, (Result.SUCCESSFUL if last < 1e-8 else Result.STAGNATED), iteration
        last = size
        if not go_on(iteration, size):
            return best, Result.OUT_OF_BUDGET, iteration
    return best, Result.STAGNATED, PATIENCE


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray | None:
    try:
        found = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found).all() else None


def _search(
    residual: Callable[[Array], Array], weight: np.ndarray, state: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the first of ever shorter steps that lowers the weighted residual."""

    def size(y: np.ndarray) -> float:
        found = float(np.linalg.norm(np.asarray(residual(jnp.asarray(y))) * weight))
        return found if np.isfinite(found) else np.inf

    before, factor = size(state), 1.0
    floor = 1e-11 * float(np.linalg.norm(state + step))
    while factor > 1e-6:
        after = size(state + factor * step)
        if after <= (1 - 1e-4 * factor) * before or after <= floor:
            return state + factor * step, factor
        factor *= 0.5
    return state, 0.0
