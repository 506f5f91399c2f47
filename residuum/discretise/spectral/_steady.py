"""Steady problems on a grid: one direct solve if linear, Newton's method if not."""

from __future__ import annotations

import warnings
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

    def guess(self) -> np.ndarray:
        """Return a start without any knowledge: zero."""
        return np.zeros(self.size)

    def state(self, values: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return the state of a function of points (n, d) to values (n, m)."""
        return np.ascontiguousarray(values(self.grid.points).T).reshape(-1)

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
    """Solve F(y) = 0 by Newton's method with damping; a linear problem takes two steps.

    Steps are shortened until the next correction by the same Jacobian shrinks. That test does not
    depend on the scale of the rows, which for second derivatives at the ends of a Chebyshev axis
    is far from that of the conditions. (P. Deuflhard, Newton Methods for Nonlinear Problems,
    Springer 2004, section 3.3.)

    Args:
        residual: F.
        slope: its Jacobian.
        start: first guess, (n,).
        go_on: called with the iteration and the relative size of the step; false stops.

    Returns:
        The best state, how it ended, and the number of iterations. ``STAGNATED`` means that no
        step along the Newton direction brings the solution nearer.
    """
    state, last = start, np.inf
    for iteration in range(1, PATIENCE + 1):
        matrix, value = (
            np.asarray(slope(jnp.asarray(state))),
            np.asarray(residual(jnp.asarray(state))),
        )
        if not (np.isfinite(matrix).all() and np.isfinite(value).all()):
            return state, Result.NOT_FINITE, iteration
        solve = _factorised(matrix)
        step = solve(-value)
        if not np.isfinite(step).all():
            return state, Result.STAGNATED, iteration
        new, factor = _search(residual, solve, state, step)
        size = float(np.linalg.norm(step)) / max(float(np.linalg.norm(new)), 1e-300)
        # Twice the same tiny step is the rounding of the solve itself.
        if size < 1e-13 or (size < 1e-8 and size > 0.05 * last):
            return state + step, Result.SUCCESSFUL, iteration
        if factor == 0.0:
            return state, Result.STAGNATED, iteration
        state, last = new, size
        if not go_on(iteration, size):
            return state, Result.OUT_OF_BUDGET, iteration
    return state, Result.STAGNATED, PATIENCE


def _factorised(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    # scipy.linalg takes long to import and only steady solves need it here.
    from scipy.linalg import LinAlgWarning, lu_factor, lu_solve

    weight = 1.0 / np.maximum(np.abs(matrix).max(axis=1), 1e-300)
    with warnings.catch_warnings():
        # A singular matrix gives a step that is not finite, which the caller reports.
        warnings.simplefilter("ignore", LinAlgWarning)
        factors = lu_factor(matrix * weight[:, None], check_finite=False)

    def solve(right: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            found: np.ndarray = lu_solve(factors, right * weight, check_finite=False)
        return found

    return solve


def _search(
    residual: Callable[[Array], Array],
    solve: Callable[[np.ndarray], np.ndarray],
    state: np.ndarray,
    step: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Return the first of ever shorter steps after which the next correction is smaller."""
    size, factor = float(np.linalg.norm(step)), 1.0
    floor = 1e-9 * float(np.linalg.norm(state + step))
    while factor > 1e-5:
        new = state + factor * step
        value = np.asarray(residual(jnp.asarray(new)))
        if np.isfinite(value).all():
            after = float(np.linalg.norm(solve(-value)))
            if after <= (1 - factor / 4) * size or (factor == 1.0 and after <= floor):
                return new, factor
        factor *= 0.5
    return state, 0.0


def continued(
    residual: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    start: np.ndarray,
    *,
    go_on: Callable[[int, float], bool],
) -> tuple[np.ndarray, Result, int]:
    """Solve F(y) = 0 by following F(y) = (1 - λ) F(start) from λ = 0 to 1.

    Slower than ``newton`` and meant for when that fails from a poor start. Arguments and results
    as there. (E. L. Allgower, K. Georg, Numerical Continuation Methods, Springer 1990, chapter 1.)
    """
    load, state, place, step, total = residual(jnp.asarray(start)), start, 0.0, 0.125, 0
    while place < 1.0:
        ahead = min(1.0, place + step)
        shift = (1.0 - ahead) * load
        found, result, count = newton(_shifted(residual, shift), slope, state, go_on=go_on)
        total += count
        if result is Result.SUCCESSFUL:
            # A path that was easy to follow is followed faster.
            step = step * (2.0 if count < 8 else 1.0)
            state, place = found, ahead
        elif result is Result.OUT_OF_BUDGET or step < 1e-3:
            return state, result, total
        else:
            step *= 0.25
    return state, Result.SUCCESSFUL, total


def _shifted(residual: Callable[[Array], Array], shift: Array) -> Callable[[Array], Array]:
    return lambda y: residual(y) - shift
