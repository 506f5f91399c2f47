"""Quasi-Newton steps with a line search of their own, scaled as they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.learning._line_search import Trial, strong_wolfe
from residuum.learning._model import Model
from residuum.learning._rounds import RoundRule, State


@jax.jit
def _updated(inverse: Array, step: Array, change: Array, scale: Array) -> Array:
    """Return (I - ρ s yᵀ) H/τ (I - ρ y sᵀ) + ρ s sᵀ with ρ = 1/yᵀs."""
    share = 1.0 / (change @ step)
    turned = inverse @ change / scale
    factor = share * (1.0 + share * (change @ turned))
    cross = jnp.outer(turned, step)
    return inverse / scale + factor * jnp.outer(step, step) - share * (cross + cross.T)


@dataclass(frozen=True)
class QuasiNewton(RoundRule):
    """Self-scaled BFGS: d = -H g, a step of the strong Wolfe conditions, H from steps and changes.

        H ← (I - ρ s yᵀ) H/τ (I - ρ y sᵀ) + ρ s sᵀ,   ρ = 1/yᵀs,   τ = min(1, yᵀs / sᵀH⁻¹s)

    The scale τ shrinks curvature that was guessed too large, which plain BFGS (τ = 1) corrects
    slowly on the badly scaled losses of physics-informed networks. H is dense up to ``dense``
    weights; beyond, the last ``memory`` pairs stand for it, as in L-BFGS.

    Args:
        iterations: most iterations.
        dense: most weights for a dense H: it takes 8 bytes times their square, and as long to
            update as to read three times.
        memory: pairs remembered beyond.
        every: iterations between fresh points. H is kept: it changes little with the points.
        scaled: whether τ may be below one.
        enough: residual at fresh points, against the size of the terms, at which to stop.

    It is meant for float64, where the line search can tell small steps apart. An iteration costs
    little more than a gradient, so it wins over Gauss–Newton where the rows are many times the
    weights; it needs many more iterations.
    """

    iterations: int = 20_000
    dense: int = 5000
    memory: int = 50
    every: int = 250
    scaled: bool = True
    enough: float = 1e-8

    name: ClassVar[str] = "quasi_newton"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "self-scaled-quasi-newton",
            "Unveiling the optimization process of physics informed neural networks: How accurate "
            "and competitive can PINNs be?",
            "J. F. Urbán, P. Stefanou, J. A. Pons",
            2025,
            "doi:10.1016/j.jcp.2024.113656",
            "verified",
        ),
        Source(
            "strong-wolfe",
            "Numerical Optimization, 2nd ed., chapters 3 and 6",
            "J. Nocedal, S. J. Wright",
            2006,
            "doi:10.1007/978-0-387-40065-5",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if min(self.iterations, self.every, self.memory) < 1 or self.dense < 0:
            raise OptionError(
                "iterations, every and memory of at least 1, dense of 0 or more",
                repr(self),
                "Correct them.",
            )

    def needed(self, count: int, size: int) -> float:
        return 3 * 8e-6 * (size**2 if size <= self.dense else 2 * self.memory * size)

    def prepare(self, model: Model, state: State) -> None:
        model.slope(jnp.asarray(state.vector))

    def renewed(self, state: State) -> None:
        for name in ("value", "gradient"):
            state.memory.pop(name, None)

    def step(self, model: Model, state: State) -> bool:
        here = self._here(model, state)
        state.losses.append(here.value)
        if not here.finite:
            return False
        for _ in range(2):
            direction = self._direction(state, here.gradient)
            fall = float(here.gradient @ direction)
            if fall < 0 and np.isfinite(fall):
                start = Trial(0.0, here.value, fall, here.gradient)
                # Without memory the length of a step is unknown.
                first = 1.0 if self._remembers(state) else 1 / float(np.abs(here.gradient).sum())
                found = self._search(model, state.vector, direction, start, first)
                if found is not None:
                    self._remember(state, found.length * direction, here, found)
                    return True
            if not self._remembers(state):
                return False
            self._forget(state)
        return False

    def _here(self, model: Model, state: State) -> Trial:
        if "gradient" not in state.memory:
            value, gradient = model.slope(jnp.asarray(state.vector))
            state.memory |= {"value": np.asarray(value), "gradient": np.asarray(gradient)}
        return Trial(0.0, float(state.memory["value"]), 0.0, state.memory["gradient"])

    def _search(
        self, model: Model, vector: np.ndarray, direction: np.ndarray, start: Trial, first: float
    ) -> Trial | None:
        def at(length: float) -> Trial:
            value, gradient = model.slope(jnp.asarray(vector + length * direction))
            found = np.asarray(gradient)
            return Trial(length, float(value), float(found @ direction), found)

        return strong_wolfe(at, start, first)

    def _remembers(self, state: State) -> bool:
        return "inverse" in state.memory or "steps" in state.memory

    def _forget(self, state: State) -> None:
        for name in ("inverse", "steps", "changes"):
            state.memory.pop(name, None)

    def _direction(self, state: State, gradient: np.ndarray) -> np.ndarray:
        if "inverse" in state.memory:
            return -np.asarray(jnp.asarray(state.memory["inverse"]) @ jnp.asarray(gradient))
        if "steps" in state.memory:
            return -two_loops(state.memory["steps"], state.memory["changes"], gradient)
        return -gradient

    def _remember(self, state: State, step: np.ndarray, here: Trial, found: Trial) -> None:
        """Move, and learn from the change of the gradient."""
        change = found.gradient - here.gradient
        state.vector = state.vector + step
        state.memory |= {"value": np.asarray(found.value), "gradient": found.gradient}
        curvature = float(change @ step)
        if curvature <= 1e-12 * float(np.linalg.norm(change) * np.linalg.norm(step)):
            return
        if len(step) > self.dense:
            self._append(state, step, change)
            return
        expected = -found.length * float(here.gradient @ step)  # sᵀH⁻¹s, as s = -α H g
        scale = min(1.0, curvature / expected) if self.scaled else 1.0
        inverse = state.memory.get("inverse")
        if inverse is None:
            # Before the first update: the size of the curvature just seen.
            inverse = np.eye(len(step)) * curvature / float(change @ change)
            scale = 1.0
        made = _updated(jnp.asarray(inverse), jnp.asarray(step), jnp.asarray(change), scale)
        state.memory["inverse"] = np.asarray(made)

    def _append(self, state: State, step: np.ndarray, change: np.ndarray) -> None:
        for name, row in (("steps", step), ("changes", change)):
            held = state.memory.get(name, np.zeros((0, len(row))))
            state.memory[name] = np.vstack([held, row])[-self.memory :]


def two_loops(steps: np.ndarray, changes: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Return H g of limited-memory BFGS from pairs of shape (m, p), the newest last."""
    found = gradient.copy()
    shares = 1.0 / np.einsum("ij,ij->i", steps, changes)
    kept = np.zeros(len(steps))
    for i in range(len(steps))[::-1]:
        kept[i] = shares[i] * (steps[i] @ found)
        found -= kept[i] * changes[i]
    found *= 1.0 / (shares[-1] * (changes[-1] @ changes[-1]))
    for i in range(len(steps)):
        found += (kept[i] - shares[i] * (changes[i] @ found)) * steps[i]
    return found
