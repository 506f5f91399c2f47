"""The residual of an evolution in the norm of L²(0, T; H⁻¹), and its linearisation minimised."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Result
from residuum.certify._dual_norm import SHIFT, DualNorm
from residuum.discretise.linear._krylov import Stop, flexible_residuals
from residuum.discretise.spectral import FourierAxis, SpaceTime
from residuum.problem import Problem

INNER = 60
"""Most Krylov vectors for one linear system."""
GAIN = 1e-2
"""By what each linear solve of Newton's method lowers the dual norm of what is left."""
SMALL = 1e-11
"""Relative size of a correction that only rounding is left of."""
MET = 1e-3
"""Share of the first residual that is to be reached for success, if no step was negligible."""
ENOUGH = 1e-8
"""Share of the first residual below which nothing is left to gain."""


@final
class DualSystem:
    """``SpaceTime`` with residuals as real rows whose Euclidean norm is that of L²(0, T; H⁻¹).

    Krylov's method with the inverse of the linear part on the right minimises the dual norm of the
    linearised residual itself: each solve is a Gauss–Newton step of the functional.

    Args:
        problem: periodic along every axis, evolving.
        axes: the space axes.
        knots: ends of the slabs, see ``SpaceTime``.
        stages: nodes in a slab.
        shift: α of the dual norm.
    """

    def __init__(
        self,
        problem: Problem,
        axes: Sequence[FourierAxis],
        knots: np.ndarray,
        *,
        stages: int,
        shift: float = SHIFT,
    ) -> None:
        self.form = SpaceTime(problem, axes, knots, stages=stages)
        self.norm = DualNorm(axes, shift=shift)
        self.scale = self._scale()
        self.zero = jnp.asarray(self.form.modes.zero)
        self.evaluations = 0

    def place(self, knots: np.ndarray) -> None:
        """Move to other slabs of the same number; nothing is compiled again."""
        self.form.place(knots)
        self.scale = self._scale()

    def _scale(self) -> np.ndarray:
        weights = np.sqrt(self.form.weights)
        return weights.reshape(*weights.shape, *[1] * self.form.modes.zero.ndim) * self.norm.rows

    def size(self, residual: Any) -> float:
        """Return the norm of a residual in L²(0, T; H⁻¹) over the window."""
        return float(np.linalg.norm(self._flat(residual)))

    def residual(self, states: Any, start: Any) -> np.ndarray:
        """Return the residual at the nodes."""
        self.evaluations += self.form.slabs * self.form.stages
        times = self.form.times[:, 1:]
        numbers = self.form.numbers
        return np.asarray(
            self.form.residual(jnp.asarray(states), jnp.asarray(start), times, numbers)
        )

    def linearised(self, states: Any, start: Any) -> tuple[np.ndarray, Any]:
        """Return the residual and the slope of the nonlinear part."""
        self.evaluations += self.form.slabs * self.form.stages
        times, numbers = self.form.times[:, 1:], self.form.numbers
        found, slope = self.form.linearised(jnp.asarray(states), jnp.asarray(start), times, numbers)
        return np.asarray(found), slope

    def solve(
        self, slope: Any, right: np.ndarray, *, first: np.ndarray | None = None, gain: float
    ) -> tuple[np.ndarray, int]:
        """Return the change of the states whose linearised residual is ``right``, and iterations.

        Args:
            slope: what ``linearised`` returned.
            right: shaped as the states.
            first: the change at the start of the window; zero by default.
            gain: by what the dual norm of what is left is to fall.
        """
        form = self.form
        base = np.zeros(form.shape, complex)
        if first is not None and first.any():
            nothing = jnp.asarray(base)
            base = np.asarray(form.inverse(nothing, jnp.asarray(first), form.numbers))
            right = right + np.asarray(slope(jnp.asarray(base)))
        rows = self._flat(right)
        if not rows.any():
            return base, 0

        def inverse(flat: np.ndarray) -> np.ndarray:
            residual = flat.view(complex).reshape(form.shape) / self.scale
            found = form.inverse(jnp.asarray(residual), self.zero, form.numbers)
            return np.asarray(found).ravel().view(float)

        def apply(flat: np.ndarray) -> np.ndarray:
            self.evaluations += form.slabs * form.stages
            change = jnp.asarray(flat.view(complex).reshape(form.shape))
            return self._flat(form.push(slope, change, self.zero, form.numbers))

        stop = Stop(gain * float(np.linalg.norm(rows)), most=INNER)
        found = flexible_residuals(
            apply, rows, inverse=inverse, start=np.zeros_like(rows), stop=stop, restart=INNER
        )
        return base + found.values.view(complex).reshape(form.shape), found.iterations

    def newton(
        self,
        states: np.ndarray,
        start: np.ndarray,
        *,
        steps: int,
        go_on: Callable[[], bool],
    ) -> tuple[np.ndarray, float, Result]:
        """Minimise the dual norm of the residual by Newton's method with damping.

        Args:
            states: the first guess.
            start: the state at the start of the window.
            steps: the most to take.
            go_on: whether there is time for another step.

        Returns:
            States, the norm of the residual left, and how it ended.
        """
        states, first = np.asarray(states), math.inf
        for _ in range(steps):
            left, slope = self.linearised(states, start)
            size = self.size(left)
            first = min(first, size)
            if size <= ENOUGH * first or not np.isfinite(size):
                break
            if not go_on():
                return states, size, Result.OUT_OF_BUDGET
            step, _ = self.solve(slope, -left, gain=GAIN)
            small = float(np.linalg.norm(step)) <= SMALL * float(np.linalg.norm(states))
            factor = self._search((states, step), start, size)
            states = states + factor * step
            if small or factor == 0.0:
                return states, size, Result.SUCCESSFUL if small else Result.STAGNATED
        size = self.size(self.residual(states, start))
        if not np.isfinite(size):
            return states, size, Result.NOT_FINITE
        return states, size, Result.SUCCESSFUL if size <= MET * first else Result.STAGNATED

    def _search(self, line: tuple[np.ndarray, np.ndarray], start: Any, size: float) -> float:
        """Return the first of ever shorter steps that lowers the residual, or zero."""
        factor = 1.0
        while factor > 1e-3:
            after = self.size(self.residual(line[0] + factor * line[1], start))
            if after <= (1 - factor / 4) * size:
                return factor
            factor *= 0.5
        return 0.0

    def _flat(self, residual: Any) -> np.ndarray:
        rows = np.ascontiguousarray(self.scale * np.asarray(residual))
        return rows.ravel().view(float)
