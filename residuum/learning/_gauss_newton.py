"""Gauss–Newton on all weights, damped, with geodesic acceleration and adaptive points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Monitor, OptionError, Result, Source, one_blas_thread
from residuum.learning._rule import Draw, Flat, LearningRule, Outcome, Trainable, flatten, residuals
from residuum.objectives import Rows

TRIES = 15
WINDOW, GAIN = 5, 0.8


def _row_jacobian(restore: Any, vector: Array, rows: Rows) -> Array:
    """Jacobian of one block of rows, shape (count, p): reverse mode point by point."""
    if rows.groups:
        return jax.jacrev(lambda v: residuals(restore(v), [rows]))(vector)
    n = rows.points.shape[0]
    factor = jnp.broadcast_to(rows.factor, (len(rows.at), n)).T

    def at_point(v: Array, point: Array, factor: Array, normal: Any, target: Any) -> Array:
        one = Rows(rows.name, rows.at, point[None], factor[:, None], normal, target)
        return residuals(restore(v), [one])

    def slope(point: Array, factor: Array, normal: Any, target: Any) -> Array:
        if len(rows.at) == 1:
            return jax.grad(lambda v: at_point(v, point, factor, normal, target)[0])(vector)[None]
        return jax.jacrev(lambda v: at_point(v, point, factor, normal, target))(vector)

    normals = None if rows.normals is None else rows.normals[:, None]
    targets = None if rows.target is None else rows.target[:, None]
    axes = (0, 0, None if normals is None else 0, None if targets is None else 0)
    found = jax.vmap(slope, in_axes=axes)(rows.points, factor, normals, targets)
    return found.transpose(1, 0, 2).reshape(rows.count, -1)


class Model(eqx.Module):
    """The rows as a function of one vector: value, Jacobian and second directional derivative."""

    rows: tuple[Rows, ...]
    fixed: Any
    restore: Any = eqx.field(static=True)

    @eqx.filter_jit
    def value(self, vector: Array) -> Array:
        """Return all residual rows."""
        return residuals(self.restore(vector, self.fixed), self.rows)

    @eqx.filter_jit
    def jacobian(self, vector: Array) -> tuple[Array, Array]:
        """Return all residual rows and their Jacobian, shapes (count,) and (count, p)."""

        def restore(v: Array) -> Trainable:
            found: Trainable = self.restore(v, self.fixed)
            return found

        matrix = jnp.concatenate([_row_jacobian(restore, vector, item) for item in self.rows])
        return self.value(vector), matrix

    @eqx.filter_jit
    def bend(self, vector: Array, step: Array) -> Array:
        """Return the second derivative of the rows along a step."""

        def along(v: Array) -> Array:
            return jax.jvp(self.value, (v,), (step,))[1]

        return jax.jvp(along, (vector,), (step,))[1]


@dataclass
class _State:
    """What the next iteration needs."""

    vector: np.ndarray
    damping: float
    losses: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    best: tuple[float, np.ndarray] = (float("inf"), np.zeros(0))


@dataclass(frozen=True)
class GaussNewton(LearningRule):
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

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        flat = flatten(start)
        count = sum(item.count for item in rows)
        needed = 3 * count * flat.vector.size * 8e-6 + flat.vector.size**2 * 24e-6
        if needed > monitor.budget.memory_mb:
            raise MemoryError(f"Gauss–Newton needs {needed:.0f} MB; use fewer weights or points")
        state = _State(np.asarray(flat.vector), self.damping)
        try:
            with one_blas_thread():
                result, reason = self._loop(flat, state, tuple(rows), monitor, draw)
        except KeyboardInterrupt:
            result, reason = Result.INTERRUPTED, "interrupted"
        if draw is not None and state.losses:
            # Steps since the last round count as well.
            self._renew(flat, state, draw, len(state.held) + 1)
        held, best = state.best
        final = best if draw is not None and np.isfinite(held) else state.vector
        trained = flat.restore(jnp.asarray(final))
        return Outcome(trained, result, reason, state.losses, state.held)

    def _loop(
        self, flat: Flat, state: _State, rows: tuple[Rows, ...], monitor: Monitor, draw: Draw | None
    ) -> tuple[Result, str]:
        for iteration in range(self.iterations):
            if draw is not None and iteration % self.every == 0:
                rows = self._renew(flat, state, draw, iteration // self.every)
                if state.held and state.held[-1] < self.enough:
                    return (
                        Result.SUCCESSFUL,
                        f"the residual at fresh points fell below {self.enough}",
                    )
                if stagnant(state.held):
                    return Result.SUCCESSFUL, "the residual at fresh points no longer falls"
            model = Model(rows, flat.fixed, flat.unravel)
            if iteration == 0:
                self._compile(model, state, monitor)
            with monitor.phase("train"):
                moved = self._step(model, state)
            if not np.isfinite(state.losses[-1]):
                return Result.NOT_FINITE, "the residual is not finite"
            if not moved and draw is None:
                return Result.STAGNATED, "no step lowers the residual"
            if draw is None and settled(state.losses):
                return Result.SUCCESSFUL, "the residual no longer falls"
            if monitor.spent:
                return Result.OUT_OF_BUDGET, "the time budget is spent"
            self._report(state, monitor, iteration)
        return Result.OUT_OF_BUDGET, f"all {self.iterations} iterations are taken"

    def _report(self, state: _State, monitor: Monitor, iteration: int) -> None:
        spent = monitor.elapsed / monitor.budget.seconds
        # Most runs settle long before the last iteration: the guess is 300.
        fraction = max(1 - 0.5 ** (iteration / 100), spent)
        monitor.update(fraction, f"iteration {iteration}, loss {state.losses[-1]:.1e}")

    def _renew(self, flat: Flat, state: _State, draw: Draw, turn: int) -> tuple[Rows, ...]:
        rows, held = draw(flat.restore(jnp.asarray(state.vector)), turn)
        if turn > 0:
            state.held.append(held)
        if held < state.best[0]:
            state.best = (held, state.vector)
        return tuple(rows)

    def _compile(self, model: Model, state: _State, monitor: Monitor) -> None:
        with monitor.phase("compile"):
            vector = jnp.asarray(state.vector)
            jax.block_until_ready(model.jacobian(vector))
            jax.block_until_ready(model.bend(vector, vector))

    def _step(self, model: Model, state: _State) -> bool:
        """Take one step; return whether one was found that lowers the residual."""
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
        self, model: Model, state: _State, matrix: np.ndarray, factor: Any, step: np.ndarray
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


def easing(ratio: float) -> float:
    """How λ changes after an accepted step of a gain ratio."""
    return 0.2 if ratio > 0.75 else 0.5 if ratio > 0.5 else 1.0 if ratio > 0.25 else 2.0


def stagnant(held: list[float]) -> bool:
    """Whether the median residual at fresh points fell by less than a fifth over five rounds."""
    if len(held) < 2 * WINDOW + 2:
        return False
    return bool(np.median(held[-WINDOW:]) > GAIN * np.median(held[-2 * WINDOW : -WINDOW]))


def settled(losses: list[float]) -> bool:
    """Whether twenty iterations lowered the loss by less than a thousandth."""
    return len(losses) > 20 and losses[-21] - losses[-1] < 1e-3 * losses[-21]
