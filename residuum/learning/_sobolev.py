"""Descent in H¹: the gradient of an energy measured in the space its solutions live in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.learning._line_search import Trial, strong_wolfe
from residuum.learning._model import Model
from residuum.learning._rounds import RoundRule, State
from residuum.learning._rule import Flat, Trainable, flatten, residuals
from residuum.objectives import EnergyRows, Rows

CURVATURE, LEAST = 0.5, 1e-13


class Energy(eqx.Module):
    """Energies, and half the squares of all other rows, as a function of one vector."""

    rows: tuple[Rows, ...]
    fixed: Any
    restore: Any = eqx.field(static=True)

    @eqx.filter_jit
    def slope(self, vector: Array) -> tuple[Array, Array]:
        """Return the energy and its gradient."""
        return jax.value_and_grad(self.value)(vector)

    def value(self, vector: Array) -> Array:
        """Return the energy."""
        trained = self.restore(vector, self.fixed)
        total = jnp.zeros((), vector.dtype)
        for item in self.rows:
            if isinstance(item, EnergyRows):
                total = total + item.energy(trained[0], trained[1].values())
            else:
                total = total + 0.5 * jnp.sum(residuals(trained, [item]) ** 2)
        return total


@dataclass(frozen=True)
class SobolevDescent(RoundRule):
    """Step -(G + λI)⁻¹ ∇E with G the H¹ products of the field's derivatives by its weights.

    That is the direction in which the field itself moves most nearly along the H¹ gradient of the
    energy, u ← u - η (I - Δ)⁻¹ DE(u). For uniformly convex energies the gap falls by a fixed
    factor per step, however finely the field can resolve; the plain gradient slows down with the
    resolution. The length η meets the strong Wolfe conditions: fixed ones were seen to diverge
    where the energy grows faster than quadratically. Rows that are no energies add half their
    squares to E, and their Jacobians to G.

    Args:
        iterations: most iterations.
        every: iterations between fresh quadrature points.
        damping: first λ, as a share of the largest diagonal entry of G; it shrinks where full
            steps are taken and grows where they have to be cut.
        sobolev: whether G is used at all; without it the rule is plain descent, for comparison.
        enough: dual norm of the residual at fresh points at which to stop.

    Cost per iteration: that of a Gauss–Newton step. It needs ``objective=Ritz()``.
    """

    iterations: int = 500
    every: int = 10
    damping: float = 1e-3
    sobolev: bool = True
    enough: float = 1e-8

    name: ClassVar[str] = "sobolev_descent"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "barron-nonlinear-elliptic",
            "Neural Network Approximations of PDEs Beyond Linearity: A Representational "
            "Perspective",
            "T. Marwah, Z. C. Lipton, J. Lu, A. Risteski",
            2023,
            "arXiv:2210.12101",
            "verified",
        ),
        Source(
            "energy-natural-gradient",
            "Achieving High Accuracy with PINNs via Energy Natural Gradient Descent",
            "J. Müller, M. Zeinhofer",
            2023,
            "arXiv:2302.13163",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.iterations < 1 or self.every < 1 or not self.damping > 0:
            wanted = "iterations and every of at least 1, damping above 0"
            raise OptionError(wanted, repr(self), "Correct them.")

    def begin(self, start: Trainable) -> tuple[Flat, State]:
        flat = flatten(start)
        return flat, State(np.asarray(flat.vector), self.damping)

    def needed(self, count: int, size: int) -> float:
        return 4 * 8e-6 * size**2

    def step(self, model: Model, state: State) -> bool:
        energy = Energy(model.rows, model.fixed, model.restore)
        value, slope = energy.slope(jnp.asarray(state.vector))
        gradient = np.asarray(slope)
        state.losses.append(float(value))
        if not np.isfinite(state.losses[-1]):
            return False
        direction = self._direction(model, state, gradient)

        def at(length: float) -> Trial:
            new, rise = energy.slope(jnp.asarray(state.vector + length * direction))
            found = np.asarray(rise)
            return Trial(length, float(new), float(found @ direction), found)

        fall = float(gradient @ direction)
        if not fall < 0:
            return False
        start = Trial(0.0, state.losses[-1], fall, gradient)
        first = 1.0 if self.sobolev else float(state.memory.get("length", 1.0))
        found = strong_wolfe(at, start, first, curvature=CURVATURE)
        if found is None:
            state.damping *= 16
            return False
        state.vector = state.vector + found.length * direction
        state.memory["length"] = np.asarray(found.length)
        ease = 0.2 if found.length >= 0.5 else 1.0 if found.length >= 0.1 else 4.0
        state.damping = max(ease * state.damping, LEAST)
        return True

    def _direction(self, model: Model, state: State, gradient: np.ndarray) -> np.ndarray:
        if not self.sobolev:
            return -gradient
        rows = tuple(item.metric if isinstance(item, EnergyRows) else item for item in model.rows)
        matrix = np.asarray(
            Model(rows, model.fixed, model.restore).jacobian(jnp.asarray(state.vector))[1]  # type: ignore[arg-type]
        )
        import scipy.linalg  # SciPy's linear algebra takes a while to import

        metric = matrix.T @ matrix
        largest = float(metric.diagonal().max())
        metric.flat[:: len(metric) + 1] += max(state.damping, LEAST) * largest
        found: np.ndarray = -scipy.linalg.solve(metric, gradient, assume_a="pos")
        return found
