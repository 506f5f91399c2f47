"""Variable projection: the linear layer is eliminated exactly, the rest takes damped steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import LinearField, Monitor, OptionError, Result, Source, one_blas_thread
from residuum.learning._gauss_newton import TRIES, Model, easing, settled, stagnant
from residuum.learning._least_squares import solve_dense
from residuum.learning._rule import Draw, LearningRule, Outcome, Trainable, is_trained
from residuum.objectives import Rows

SOLVES = 4


@dataclass
class _State:
    """What the next iteration needs: inner weights, head, damping."""

    inner: np.ndarray
    head: np.ndarray
    damping: float
    losses: list[float]
    held: list[float]
    best: tuple[float, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class VariableProjection(LearningRule):
    """Inner weights move by (J̃ᵀJ̃ + λI) δ = -J̃ᵀr, J̃ = (I - QQᵀ) J with Q the head's columns.

    After every trial step the head is solved for again: each is judged with the head it deserves.
    The head carries a small ridge, without which nearly equal features let it grow without bound.

    Args:
        iterations: most iterations.
        damping: first λ, for rows of size one. Good starting value: 1.
        every: iterations between fresh points.
        smallest: least λ.
        ridge: first weight of |head|² in the loss, for rows of size one; it shrinks with the loss.

    It takes fewer iterations than ``GaussNewton`` where the head is a large share of the weights;
    each costs one more orthogonalisation.
    """

    iterations: int = 500
    damping: float = 1.0
    every: int = 10
    smallest: float = 1e-13
    ridge: float = 1e-3

    name: ClassVar[str] = "variable_projection"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "variable-projection",
            "The differentiation of pseudo-inverses and nonlinear least squares problems whose "
            "variables separate",
            "G. H. Golub, V. Pereyra",
            1973,
            "doi:10.1137/0710036",
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
        field = start[0]
        if not isinstance(field, LinearField):
            raise OptionError("a field with a last layer", type(field).__name__, "Use GaussNewton.")
        parts = _Parts.of(start)
        head = np.asarray(field.head).ravel()
        nothing = (float("inf"), parts.vector, head)
        state = _State(parts.vector, head, self.damping, [], [], nothing)
        try:
            with one_blas_thread():
                result, reason = self._loop(parts, state, tuple(rows), monitor, draw)
                if draw is None:  # on fixed points the last head needs no ridge
                    model = Model(tuple(rows), parts.fixed, parts.join)
                    state.head = _eliminate(model, state.inner, state.head, 0.0)[0]
        except KeyboardInterrupt:
            result, reason = Result.INTERRUPTED, "interrupted"
        held, inner, head = state.best
        if draw is None or not np.isfinite(held):
            inner, head = state.inner, state.head
        trained = parts.restore(jnp.asarray(inner), jnp.asarray(head))
        return Outcome(trained, result, reason, state.losses, state.held)

    def _loop(
        self,
        parts: _Parts,
        state: _State,
        rows: tuple[Rows, ...],
        monitor: Monitor,
        draw: Draw | None,
    ) -> tuple[Result, str]:
        for iteration in range(self.iterations):
            if draw is not None and iteration % self.every == 0:
                trained = parts.restore(jnp.asarray(state.inner), jnp.asarray(state.head))
                fresh, held = draw(trained, iteration // self.every)
                rows = tuple(fresh)
                state.held += [held] if iteration else []
                if held < state.best[0]:
                    state.best = (held, state.inner, state.head)
                if stagnant(state.held):
                    return Result.SUCCESSFUL, "the residual at fresh points no longer falls"
            with monitor.phase("train"):
                moved = self._step(parts, Model(rows, parts.fixed, parts.join), state)
            if draw is None and (not moved or settled(state.losses)):
                return Result.SUCCESSFUL, "the residual no longer falls"
            if monitor.spent:
                return Result.OUT_OF_BUDGET, "the time budget is spent"
            share = max(iteration / self.iterations, monitor.elapsed / monitor.budget.seconds)
            monitor.update(share, f"iteration {iteration}, loss {state.losses[-1]:.1e}")
        return Result.OUT_OF_BUDGET, f"all {self.iterations} iterations are taken"

    def _step(self, parts: _Parts, model: Model, state: _State) -> bool:
        """Take one step; return whether one was found that lowers the residual."""
        first = state.losses[0] if state.losses else 1.0
        ridge = self.ridge * min(1.0, (state.losses[-1] if state.losses else 1.0) / first)
        state.head, residual, matrix = _eliminate(model, state.inner, state.head, ridge)
        split = len(state.inner)
        state.losses.append(float(residual @ residual) / 2)
        if split == 0:
            return False
        basis, _ = np.linalg.qr(matrix[:, split:])
        inner = matrix[:, :split] - basis @ (basis.T @ matrix[:, :split])
        square, slope, size = inner.T @ inner, inner.T @ residual, float(residual @ residual)
        for _ in range(TRIES):
            damped = square + state.damping * np.eye(split)
            step = -np.linalg.solve(damped, slope)
            head, new, _ = _eliminate(model, state.inner + step, state.head, ridge)
            expected = state.damping * (step @ step) - slope @ step
            ratio = (size - float(new @ new)) / expected
            if np.isfinite(ratio) and ratio > 1e-3:
                state.inner, state.head = state.inner + step, head
                state.damping = max(state.damping * easing(ratio), self.smallest)
                return True
            state.damping *= 4
        return False


def _eliminate(
    model: Model, inner: np.ndarray, head: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solve for the head at given inner weights; return it with residual and full Jacobian.

    On a linear equation the first step is exact; otherwise a few are taken, each halved until it
    lowers the residual.
    """
    split = len(inner)
    residual, matrix = _linearise(model, inner, head, ridge)
    for _ in range(SOLVES):
        step, _ = solve_dense(matrix[:, split:], -residual)
        size = float(residual @ residual)
        found = _shorten(model, inner, head, step, (size, ridge))
        if found is None:
            break
        head, new = found
        residual, matrix = _linearise(model, inner, head, ridge)
        if size - new < 1e-3 * size:
            break
    return head, residual, matrix


def _linearise(
    model: Model, inner: np.ndarray, head: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return residual and Jacobian, with the rows of the ridge below."""
    found = model.jacobian(jnp.asarray(np.concatenate([inner, head])))
    extra = np.zeros((len(head), found[1].shape[1]))
    extra[:, len(inner) :] = np.sqrt(ridge) * np.eye(len(head))
    residual = np.concatenate([np.asarray(found[0]), np.sqrt(ridge) * head])
    return residual, np.concatenate([np.asarray(found[1]), extra])


def _shorten(
    model: Model, inner: np.ndarray, head: np.ndarray, step: np.ndarray, goal: tuple[float, float]
) -> tuple[np.ndarray, float] | None:
    """Return the longest of a few steps that lowers the loss, and what it leaves."""
    size, ridge = goal
    for length in (1.0, 0.5, 0.25, 0.125):
        trial = head + length * step
        value = np.asarray(model.value(jnp.asarray(np.concatenate([inner, trial]))))
        new = float(value @ value + ridge * trial @ trial)
        if new < size:
            return trial, new
    return None


@dataclass(frozen=True)
class _Parts:
    """Trained parts split into inner weights and head."""

    vector: np.ndarray
    fixed: Any
    join: Callable[[Array, Any], Trainable]

    @staticmethod
    def of(trained: Trainable) -> _Parts:
        """Split the trained parts of a field and its parameters."""
        field, numbers = trained
        assert isinstance(field, LinearField)
        shape = field.head.shape
        hollow = field.with_head(np.zeros((0, 0)))  # type: ignore[arg-type]
        moving, fixed = eqx.partition((hollow, numbers), is_trained)
        vector, unravel = ravel_pytree(moving)

        def join(values: Array, rest: Any) -> Trainable:
            size = int(np.prod(shape))
            emptied, found = eqx.combine(unravel(values[:-size]), rest)
            return emptied.with_head(values[-size:].reshape(shape)), found

        return _Parts(np.asarray(vector), fixed, join)

    def restore(self, inner: Array, head: Array) -> Trainable:
        """Return field and parameters of inner weights and head."""
        return self.join(jnp.concatenate([inner, head]), self.fixed)
