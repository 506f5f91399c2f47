"""The residual of an evolution in the norm of L²(0, T; H⁻¹), and its linearisation minimised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from residuum.certify._dual_norm import SHIFT, DualNorm
from residuum.discretise.linear._krylov import Stop, flexible_residuals
from residuum.discretise.spectral import FourierAxis, SpaceTime
from residuum.problem import Problem

INNER = 60
"""Most Krylov vectors for one linear system."""


@final
@dataclass(frozen=True)
class Window:
    """Consecutive slabs of an evolution that are treated together.

    Args:
        begin: time at which they begin.
        duration: their length together.
        slabs: their number.
    """

    begin: float
    duration: float
    slabs: int


@final
class DualSystem:
    """``SpaceTime`` with residuals as real rows whose Euclidean norm is that of L²(0, T; H⁻¹).

    Krylov's method with the inverse of the linear part on the right minimises the dual norm of the
    linearised residual itself: each solve is a Gauss–Newton step of the functional.

    Args:
        problem: periodic along every axis, evolving.
        axes: the space axes.
        window: length and number of the slabs; systems of equal ones serve every window.
        stages: nodes in a slab.
        shift: α of the dual norm.
    """

    def __init__(
        self,
        problem: Problem,
        axes: Sequence[FourierAxis],
        window: Window,
        *,
        stages: int,
        shift: float = SHIFT,
    ) -> None:
        self.form = SpaceTime(
            problem, axes, duration=window.duration, slabs=window.slabs, stages=stages
        )
        self.norm = DualNorm(axes, shift=shift)
        rank = self.form.modes.zero.ndim
        time = np.sqrt(self.form.weights).reshape(-1, *[1] * rank)
        self.scale = time * self.norm.rows
        self.zero = jnp.asarray(self.form.modes.zero)
        self.evaluations = 0

    def size(self, residual: Any) -> float:
        """Return the norm of a residual in L²(0, T; H⁻¹) over the window."""
        return float(np.linalg.norm(self._flat(residual)))

    def residual(self, states: Any, start: Any, begin: float) -> np.ndarray:
        """Return the residual at the nodes."""
        self.evaluations += self.form.slabs * self.form.stages
        times = self.form.times(begin)[:, 1:]
        numbers = self.form.numbers
        return np.asarray(
            self.form.residual(jnp.asarray(states), jnp.asarray(start), times, numbers)
        )

    def linearised(self, states: Any, start: Any, begin: float) -> tuple[np.ndarray, Any]:
        """Return the residual and the slope of the nonlinear part."""
        self.evaluations += self.form.slabs * self.form.stages
        times, numbers = self.form.times(begin)[:, 1:], self.form.numbers
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

    def _flat(self, residual: Any) -> np.ndarray:
        rows = np.ascontiguousarray(self.scale * np.asarray(residual))
        return rows.ravel().view(float)
