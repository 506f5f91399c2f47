"""Variable projection: the linear layer is eliminated exactly, the rest takes damped steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import LinearField, OptionError, Source
from residuum.blocks._abstract import is_trained
from residuum.learning._gauss_newton import TRIES
from residuum.learning._least_squares import solve_dense
from residuum.learning._model import Model
from residuum.learning._rounds import RoundRule, State, easing
from residuum.learning._rule import Flat, Trainable

SOLVES = 4


@dataclass(frozen=True)
class VariableProjection(RoundRule):
    """Inner weights move by (J̃ᵀJ̃ + λI) δ = -J̃ᵀr, J̃ = (I - QQᵀ) J with Q the head's columns.

    After every trial step the head is solved for again: each is judged with the head it deserves.
    The head carries a small ridge, without which nearly equal features let it grow without bound.

    Args:
        iterations: most iterations.
        damping: first λ, for rows of size one. Good starting value: 1.
        every: iterations between fresh points.
        smallest: least λ.
        ridge: first weight of |head|² in the loss, for rows of size one; it shrinks with the loss.
        enough: residual at fresh points, against the size of the terms, at which to stop.

    It takes fewer iterations than ``GaussNewton`` where the head is a large share of the weights;
    each costs one more orthogonalisation.
    """

    iterations: int = 500
    damping: float = 1.0
    every: int = 10
    smallest: float = 1e-13
    ridge: float = 1e-3
    enough: float = 1e-8

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

    def begin(self, start: Trainable) -> tuple[Flat, State]:
        if not isinstance(start[0], LinearField):
            kind = type(start[0]).__name__
            raise OptionError("a field with a last layer", kind, "Use GaussNewton.")
        flat, split = _parts(start, start[0])
        return flat, State(np.asarray(flat.vector), self.damping, {"split": np.asarray(split)})

    def finish(self, model: Model, state: State) -> None:
        # On fixed points the last head needs no ridge.
        inner, head = _halves(state)
        state.vector = np.concatenate([inner, _eliminate(model, inner, head, 0.0)[0]])

    def step(self, model: Model, state: State) -> bool:
        inner_weights, head = _halves(state)
        first = state.losses[0] if state.losses else 1.0
        ridge = self.ridge * min(1.0, (state.losses[-1] if state.losses else 1.0) / first)
        head, residual, matrix = _eliminate(model, inner_weights, head, ridge)
        split = len(inner_weights)
        state.vector = np.concatenate([inner_weights, head])
        state.losses.append(float(residual @ residual) / 2)
        if split == 0:
            return False
        basis, _ = np.linalg.qr(matrix[:, split:])
        inner = matrix[:, :split] - basis @ (basis.T @ matrix[:, :split])
        square, slope, size = inner.T @ inner, inner.T @ residual, float(residual @ residual)
        for _ in range(TRIES):
            damped = square + state.damping * np.eye(split)
            step = -np.linalg.solve(damped, slope)
            other, new, _ = _eliminate(model, inner_weights + step, head, ridge)
            expected = state.damping * (step @ step) - slope @ step
            ratio = (size - float(new @ new)) / expected
            if np.isfinite(ratio) and ratio > 1e-3:
                state.vector = np.concatenate([inner_weights + step, other])
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


def _halves(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return inner weights and head."""
    split = int(state.memory["split"])
    return state.vector[:split], state.vector[split:]


def _parts(trained: Trainable, field: LinearField) -> tuple[Flat, int]:
    """Return the trained parts as one vector with the head at its end, and where that begins."""
    shape = field.head.shape
    hollow = field.with_head(np.zeros((0, 0)))  # type: ignore[arg-type]
    moving, fixed = eqx.partition((hollow, trained[1]), is_trained)
    vector, unravel = ravel_pytree(moving)

    def join(values: Array, rest: Any) -> Trainable:
        size = int(np.prod(shape))
        emptied, found = eqx.combine(unravel(values[:-size]), rest)
        return emptied.with_head(values[-size:].reshape(shape)), found

    return Flat(jnp.concatenate([vector, field.head.ravel()]), fixed, join), vector.size
