"""Gauss–Newton on all weights, damped, with geodesic acceleration and adaptive points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import OptionError, Source
from residuum.learning._model import Model
from residuum.learning._rounds import RoundRule, State, easing
from residuum.learning._rule import Flat, Trainable, flatten

TRIES = 15


@dataclass(frozen=True)
class GaussNewton(RoundRule):
    """Levenberg–Marquardt: solve (JᵀJ + λI) δ = -Jᵀr, bend the step, adapt λ by the gain ratio.

    The bend is a = -½ (JᵀJ + λI)⁻¹ Jᵀ r'' with r'' the second derivative along δ; it is added where
    |a| < ¾|δ|.

    Args:
        iterations: most iterations.
        damping: first λ, for rows of size one. Good starting values: 1 for networks.
        every: iterations between fresh points.
        smallest: least λ.
        enough: residual at fresh points, against the size of the terms, at which to stop.

    Cost per iteration: count·p² for the normal equations, p³/3 for the factor; memory 2·count·p.
    It breaks with more than some 5,000 weights, where those grow too large.
    """

    iterations: int = 2000
    damping: float = 1.0
    every: int = 10
    smallest: float = 1e-13
    enough: float = 1e-8

    name: ClassVar[str] = "gauss_newton"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "geodesic-acceleration",
            "Improvements to the Levenberg-Marquardt algorithm for nonlinear least-squares "
            "minimization",
            "M. K. Transtrum, J. P. Sethna",
            2012,
            "arXiv:1201.5885",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.iterations < 1 or self.every < 1 or not self.damping > 0:
            raise OptionError(
                "iterations and every of at least 1, damping above 0", repr(self), "Correct them."
            )

    def needed(self, count: int, size: int) -> float:
        return 3 * count * size * 8e-6 + size**2 * 24e-6

    def begin(self, start: Trainable) -> tuple[Flat, State]:
        flat = flatten(start)
        return flat, State(np.asarray(flat.vector), self.damping)

    def prepare(self, model: Model, state: State) -> None:
        vector = jnp.asarray(state.vector)
        jax.block_until_ready(model.jacobian(vector))
        jax.block_until_ready(model.bend(vector, vector))

    def step(self, model: Model, state: State) -> bool:
        import scipy.linalg  # SciPy's linear algebra takes a while to import

        residual, matrix = (np.asarray(part) for part in model.jacobian(jnp.asarray(state.vector)))
        # NumPy's matrix product is four times faster than XLA's in float64 on a CPU.
        square, slope, size = matrix.T @ matrix, matrix.T @ residual, float(residual @ residual)
        state.losses.append(size / 2)
        for _ in range(TRIES):
            damped = square.copy()
            damped.flat[:: len(slope) + 1] += state.damping
            try:
                factor = scipy.linalg.cho_factor(damped, lower=True, overwrite_a=True)
            except (scipy.linalg.LinAlgError, ValueError):
                state.damping *= 10
                continue
            step = -scipy.linalg.cho_solve(factor, slope)
            bent = self._bend(model, state, matrix, factor, step)
            if bent is None:
                state.damping *= 4
                continue
            new = np.asarray(model.value(jnp.asarray(state.vector + bent)))
            expected = state.damping * (step @ step) - slope @ step
            ratio = (size - float(new @ new)) / expected
            if np.isfinite(ratio) and ratio > 1e-3:
                state.vector = state.vector + bent
                state.damping = max(state.damping * easing(ratio), self.smallest)
                return True
            state.damping *= 4
        return False

    def _bend(
        self, model: Model, state: State, matrix: np.ndarray, factor: Any, step: np.ndarray
    ) -> np.ndarray | None:
        """Return the step with its acceleration, or ``None`` where the model cannot be trusted."""
        import scipy.linalg  # already loaded by the caller

        second = np.asarray(model.bend(jnp.asarray(state.vector), jnp.asarray(step)))
        if not np.isfinite(second).all():
            return None
        bend = -0.5 * scipy.linalg.cho_solve(factor, matrix.T @ second)
        ratio = np.linalg.norm(bend) / max(float(np.linalg.norm(step)), 1e-300)
        if ratio > 2:
            return None
        total: np.ndarray = step + bend if ratio < 0.75 else step
        return total
