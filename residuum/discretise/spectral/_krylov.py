"""Steady periodic problems that are nonlinear or have varying coefficients: Newton–Krylov.

Newton's method; its linear systems by GMRES (Y. Saad, M. H. Schultz, SIAM J. Sci. Stat. Comput. 7,
1986) without ever forming a matrix, preconditioned by the symbol of the linearised equations with
every coefficient replaced by its mean. D. A. Knoll, D. E. Keyes, Jacobian-free Newton–Krylov
methods, J. Comput. Phys. 193 (2004).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Result
from residuum.discretise.spectral._axis import FourierAxis
from residuum.discretise.spectral._waves import Waves
from residuum.problem import Problem, pointwise

PATIENCE = 30
INNER = 80
"""Krylov vectors before a restart, and at most three restarts."""


def refuse_krylov(problem: Problem) -> str | None:
    """Return why a steady periodic problem does not fit, or ``None``."""
    if problem.time is not None:
        return "it needs a steady problem"
    seen: list[Any] = []
    for c in problem.conditions:
        if c.kind == "periodic":
            continue
        if c.kind != "integral" or c.unknown not in problem.unknowns or c.unknown in seen:
            return f"it cannot enforce the condition {c}"
        if not problem.fill(c.value).is_number:
            return f"it needs a number in the condition {c}"
        seen.append(c.unknown)
    return None


@final
class Krylov:
    """A steady periodic problem as F(y) = 0 in nodal values, (m, *grid).

    An integral condition is for a mean that the equations leave open: it is added to the equation
    of the same number, whose own mean then has to vanish by itself.

    Args:
        problem: see ``refuse_krylov``.
        axes: the space axes.
    """

    def __init__(self, problem: Problem, axes: Sequence[FourierAxis]) -> None:
        self.problem, self.waves = problem, Waves(axes)
        self.count = len(problem.unknowns)
        self.shape = (self.count, *self.waves.grid.shape)
        self.bodies = [pointwise(problem, r) for r in problem.residuals]
        self.slots = sorted({slot for body in self.bodies for slot in body.slots})
        indices = sorted({index for _, index in self.slots})
        self.factors = {index: jnp.asarray(self.waves.factors(index)) for index in indices}
        self.points = jnp.asarray(self.waves.grid.points)
        volume = float(np.prod([a.high - a.low for a in axes]))
        self.means = {
            problem.unknowns.index(c.unknown): float(problem.fill(c.value)) / volume
            for c in problem.conditions
            if c.kind == "integral"
        }
        self._residual = jax.jit(self.residual)
        self._push = jax.jit(lambda y, v: jax.jvp(self.residual, (y,), (v,))[1])
        self._slopes = jax.jit(self.slopes)

    def residual(self, state: Array) -> Array:
        """Return F, (m, *grid)."""
        values = self._values(state)
        rows = [b(self.points, values).reshape(self.shape[1:]) for b in self.bodies]
        for j, mean in self.means.items():
            rows[j] = rows[j] + (state[j].mean() - mean) * self._pull(j)
        return jnp.stack(rows)

    def slopes(self, state: Array) -> list[list[Array]]:
        """Return the mean of every equation's slope with respect to every slot."""
        values = self._values(state)
        found = []
        for body in self.bodies:
            mine = body.slopes(self.points, {s: values[s] for s in body.slots})
            found.append([mine[s].mean() if s in mine else jnp.zeros(()) for s in self.slots])
        return found

    def correction(self, state: np.ndarray) -> tuple[np.ndarray, int, bool]:
        """Return the step of Newton's method, its GMRES iterations, and whether these converged.

        Its negative is, to first order, the error of the state.
        """
        value = np.asarray(self._residual(jnp.asarray(state)))
        return self._linear(state, value, self._smoother(state))

    def solve(
        self, start: np.ndarray, *, go_on: Callable[[int, float], bool]
    ) -> tuple[np.ndarray, Result, int]:
        """Solve by Newton's method with damping.

        Args:
            start: (m, *grid).
            go_on: called with the iteration and the relative size of the step; false stops.

        Returns:
            The best state, how it ended, and the number of GMRES iterations.
        """
        state, total = np.asarray(start, float), 0
        for iteration in range(1, PATIENCE + 1):
            smooth = self._smoother(state)
            value = np.asarray(self._residual(jnp.asarray(state)))
            if not np.isfinite(value).all():
                return start, Result.NOT_FINITE, total
            step, inner, met = self._linear(state, value, smooth)
            total += inner
            new, factor = self._search(state, step, value, smooth)
            top = max(float(np.linalg.norm(new)), 1e-300)
            size = float(np.linalg.norm(step)) / top
            if factor == 0.0:
                small = float(np.linalg.norm(smooth(value))) <= 1e-10 * top
                return state, Result.SUCCESSFUL if small else Result.STAGNATED, total
            state = new
            if size < 1e-11 and met:
                return state, Result.SUCCESSFUL, total
            if not go_on(iteration, size):
                return state, Result.OUT_OF_BUDGET, total
        return state, Result.STAGNATED, total

    def _values(self, state: Array) -> dict[Any, Array]:
        across = tuple(range(-len(self.waves.axes), 0))
        modes = jnp.fft.rfftn(state, axes=across)
        rows = jnp.stack([self.factors[index] * modes[j] for j, index in self.slots])
        nodal = jnp.fft.irfftn(rows, s=self.shape[1:], axes=across)
        return {slot: nodal[k].reshape(-1) for k, slot in enumerate(self.slots)}

    def _pull(self, j: int) -> float:
        """Return a size of the equation, so that a mean weighs as much as a long wave."""
        lengths = [axis.high - axis.low for axis in self.waves.axes]
        order = max((sum(index) for c, index in self.slots if c == j), default=0)
        return float((2 * np.pi / max(lengths)) ** order)

    def _smoother(self, state: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return the inverse of the mean symbol as a function of nodal values."""
        m, slopes = self.count, np.asarray(self._slopes(jnp.asarray(state)))
        symbol = np.zeros((*self.waves.shape, m, m), complex)
        for k, (component, index) in enumerate(self.slots):
            for i in range(m):
                symbol[..., i, component] += slopes[i, k] * np.asarray(self.factors[index])
        zero = (0,) * len(self.waves.axes)
        for j in self.means:
            symbol[zero][j, j] += self._pull(j)
        floor = 1e-12 * np.abs(symbol).max()
        # A wave that the mean equation leaves open is left as it is, at the size of the others.
        weak = np.abs(np.linalg.det(symbol)) <= floor**m
        symbol[weak] = np.eye(m) * max(float(np.median(np.abs(symbol).max(axis=(-2, -1)))), 1e-300)
        inverse = np.moveaxis(np.linalg.inv(symbol), (-2, -1), (0, 1))

        def smooth(nodal: np.ndarray) -> np.ndarray:
            modes = np.einsum("ab...,b...->a...", inverse, self.waves.modes(nodal))
            return self.waves.nodal(modes)

        return smooth

    def _linear(
        self, state: np.ndarray, value: np.ndarray, smooth: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, int, bool]:
        # scipy.sparse takes a while to import and only this needs it here.
        from scipy.sparse.linalg import LinearOperator, gmres

        at, count = jnp.asarray(state), [0]

        def push(flat: np.ndarray) -> np.ndarray:
            count[0] += 1
            moved = np.asarray(self._push(at, jnp.asarray(flat.reshape(self.shape))))
            return smooth(moved).ravel()

        right = -smooth(value).ravel()
        if not right.any():
            return np.zeros(self.shape), 0, True
        rule = LinearOperator((right.size, right.size), matvec=push, dtype=float)
        found, failed = gmres(rule, right, rtol=1e-10, restart=INNER, maxiter=3)
        return found.reshape(self.shape), count[0], failed == 0

    def _search(
        self,
        state: np.ndarray,
        step: np.ndarray,
        value: np.ndarray,
        smooth: Callable[[np.ndarray], np.ndarray],
    ) -> tuple[np.ndarray, float]:
        """Return the first of ever shorter steps after which the smoothed residual is smaller."""
        size, factor = float(np.linalg.norm(smooth(value))), 1.0
        while factor > 1e-4:
            new = state + factor * step
            after = np.asarray(self._residual(jnp.asarray(new)))
            if np.isfinite(after).all():
                left = float(np.linalg.norm(smooth(after)))
                if left <= (1 - factor / 4) * size:
                    return new, factor
            factor *= 0.5
        return state, 0.0
