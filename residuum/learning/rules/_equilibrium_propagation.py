"""Equilibrium propagation: slopes of fixed points from nudged solves, without an adjoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import DIFFERENTIABLE, Capability, FixedPoint, Stage
from residuum.learning._gradient_rule import GradientRule, Slope, Task, ahead

NUDGES = (1, 2, 4, 6)
REMEDY = (
    "Take Backpropagation, whose adjoint solve needs no symmetry; a force whose Jacobian is "
    "symmetric; or homeostasis > 0 with asymmetry=math.inf, which makes it so by training."
)


class Response(NamedTuple):
    """What the nudged solves of a stage tell.

    Args:
        error: the derivative of the state by the strength of the nudge, shape (n, units).
        asymmetry: how far it is from the adjoint state; 0 for a symmetric Jacobian.
        sound: whether all solves converged.
    """

    error: Array
    asymmetry: Array
    sound: Array


@final
@dataclass(frozen=True)
class EquilibriumPropagation(GradientRule):
    """Solve again with the output error as an extra force; the response is the gradient.

    A stage 0 = F(θ, u, x) is solved with + β δ, δ = dL/du, for N nudges β on a circle of complex
    numbers. Their mean (1/N) Σ u(β)/β is du/dβ up to O(β^N), and the slope is (∂F/∂θ)ᵀ du/dβ:
    no adjoint problem is ever solved. That is the true gradient where the Jacobian of F by u is
    symmetric (self-adjoint equations, symmetric weights) and wrong elsewhere, so it is measured:
    for the response r, |(J - Jᵀ) r| by |δ|, which is what r leaves of the adjoint problem, from one
    product with Jᵀ. Stages that are no fixed points take the chain rule.

    Args:
        radius: largest |β δ| over all states and samples, as a share of the largest |u|.
        nudges: N: 1, 2, 4 or 6. Real F: conjugate nudges are solved once.
        probes: random vectors for the loss of homeostasis.
        asymmetry: largest value that is accepted; ``math.inf`` for any.
        homeostasis: weight of the added loss E|J e|² - eᵀJ²e by the number of units, which
            vanishes for a symmetric Jacobian.

    Good start: the defaults; two nudges where only real solves are possible.
    It breaks where β leaves the circle on which u(β) is analytic (lower the radius), in single
    precision where the radius is below about 1e-3, and for forces that are not analytic.

    Raises:
        OptionError: an option is out of range; no stage is a fixed point; at the start, a
            Jacobian that is too far from symmetric.
        RuntimeError: the Jacobian becomes so while training.
    """

    radius: float = 0.05
    nudges: int = 4
    probes: int = 5
    asymmetry: float = 0.05
    homeostasis: float = 0.0

    name: ClassVar[str] = "equilibrium_propagation"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.SOLVE})
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "holomorphic-equilibrium-propagation",
            "Improving equilibrium propagation without weight symmetry through Jacobian "
            "homeostasis",
            "A. Laborieux, F. Zenke",
            2023,
            "arXiv:2309.02214",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        positive = min(self.radius, self.asymmetry) > 0 and self.homeostasis >= 0
        if self.nudges not in NUDGES or self.probes < 1 or not positive:
            wanted = f"nudges in {NUDGES}, a probe or more, positive radius and asymmetry"
            raise OptionError(wanted, repr(self), "Correct them.")

    @classmethod
    def missing(cls, stage: Stage) -> frozenset[Capability]:
        if Capability.SOLVE in stage.capabilities:
            return frozenset()
        return DIFFERENTIABLE - stage.capabilities

    def check(self, stages: Sequence[Stage]) -> None:
        super().check(stages)
        if not any(isinstance(_inner(stage), FixedPoint) for stage in stages):
            raise OptionError("a stage that is a fixed point", "none", "See blocks.FixedPoint.")

    def begin(self, stages: Sequence[Stage], state: Any, task: Task, key: Array) -> Any:
        """Refuse stages whose Jacobian is too far from symmetric on a first batch."""
        found = self._sweep(stages, state, task, key)
        if isinstance(found.value, jax.core.Tracer):
            return ()  # compiled code cannot raise here; the first step does
        worst = float(found.log["asymmetry"])
        if not (worst <= self.asymmetry and bool(jnp.isfinite(found.value))):
            raise OptionError(
                f"a Jacobian with asymmetry up to {self.asymmetry:g}: elsewhere the response to a "
                "nudge is not the gradient",
                f"{worst:.2g}" if bool(jnp.isfinite(found.value)) else "no fixed point",
                REMEDY,
            )
        return ()

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        found = self._sweep(stages, state, task, key)
        # An infinite loss ends a training as diverged, with the last sound weights.
        wrong = jnp.isfinite(found.value) & ~(found.log["asymmetry"] <= self.asymmetry)
        value = eqx.error_if(
            found.value, wrong, f"the Jacobian is no longer symmetric enough. {REMEDY}"
        )
        return found._replace(value=value, memory=memory)

    def _sweep(self, stages: Sequence[Stage], state: Any, task: Task, key: Array) -> Slope:
        backs: list[Callable[[Any], tuple[Any, Any]]] = []
        reports: list[Response] = []
        sound = jnp.asarray(True)
        for i, stage in enumerate(stages):
            inner = _inner(stage)
            if isinstance(inner, FixedPoint):
                root = inner.solve(state)
                sound &= root.sound.all()
                backs.append(self._back(inner, state, root.value, jax.random.fold_in(key, i)))
                state = root.value
            else:
                state, back = ahead(stage, state)
                backs.append(back)
        value, error = jax.value_and_grad(task.loss)(state)
        slopes: list[Any] = []
        for stage, back in zip(reversed(stages), reversed(backs), strict=True):
            slope, error, *report = back(error)
            slopes.append(_wrapped(stage, slope))
            reports += report
        worst = jnp.zeros((), value.dtype)
        for report in reports:
            sound &= report.sound
            worst = jnp.maximum(worst, report.asymmetry)
        log = {"asymmetry": worst}
        return Slope(jnp.where(sound, value, jnp.inf), tuple(reversed(slopes)), (), log)

    def _back(self, stage: FixedPoint, x: Array, u: Array, key: Array) -> Callable[..., Any]:
        """Return the map from the error of a fixed point to slope, error of its input, report."""
        moving, rest = eqx.partition(stage, eqx.is_inexact_array)

        def force(part: Any, given: Array) -> Array:
            found: FixedPoint = eqx.combine(part, rest)
            return found.residual(u, given)

        def back(error: Array) -> tuple[Any, Array, Response]:
            found = self.response(stage, x, u, error)
            slope, before = jax.vjp(force, moving, x)[1](found.error)
            if self.homeostasis:
                more = jax.grad(
                    lambda part: antisymmetry(eqx.combine(part, rest), x, u, key, self.probes)
                )(moving)
                slope = jax.tree.map(lambda a, b: a + self.homeostasis * b, slope, more)
            return slope, before, found

        return back

    def response(self, stage: FixedPoint, x: Array, u: Array, error: Array) -> Response:
        """Return the derivative of fixed points by nudges along an error.

        Args:
            stage: the fixed point.
            x: its input, shape (n, inputs).
            u: its answer, shape (n, units).
            error: dL/du, shape (n, units).
        """
        largest = jnp.max(jnp.abs(error))
        # Of the size of the state, whatever the units of the loss; nothing to do without error.
        beta = self.radius * _or_one(jnp.max(jnp.abs(u))) / _or_one(largest)
        total, sound = jnp.zeros_like(u), jnp.asarray(True)
        for weights, turns in _half_circle(self.nudges):
            # Real nudges are one batch of real solves, the others one of complex solves.
            turned, count = turns[:, None, None], len(turns)
            push = (beta * turned * error).reshape(-1, *u.shape[1:])
            given, rest = (jnp.tile(item, (count, 1)) for item in (x, u))
            root = stage.solve(given, push=push, start=rest)
            # A nudge of N = 1 is compared with the state at rest, as is every other: the mean of
            # the rest over a full circle vanishes.
            moved = (root.value.reshape(count, *u.shape) - u) / turned
            total += jnp.sum(weights[:, None, None] * jnp.real(moved), axis=0).astype(u.dtype)
            sound &= root.sound.all()
        found = total / beta
        return Response(found, _asymmetry(stage, x, u, (found, error)), sound)


def antisymmetry(stage: FixedPoint, x: Array, u: Array, key: Array, probes: int) -> Array:
    """Return the mean of (|J e|² - eᵀJ²e) / units over probes and samples: |J - Jᵀ|²/2 by units."""

    def along(direction: Array) -> Array:
        return jax.jvp(lambda state: stage.residual(state, x), (u,), (direction,))[1]

    def one(key: Array) -> Array:
        e = jax.random.normal(key, u.shape, u.dtype)
        first = along(e)
        return jnp.mean(first**2) - jnp.mean(e * along(first))

    return jnp.mean(jax.vmap(one)(jax.random.split(key, probes)))


def _asymmetry(stage: FixedPoint, x: Array, u: Array, pair: tuple[Array, Array]) -> Array:
    """Return |(J - Jᵀ) r| by |δ| as |Jᵀ r + δ| by |δ|, since J r = -δ: what the adjoint lacks."""
    answer, error = pair
    (turned,) = jax.vjp(lambda state: stage.residual(state, x), u)[1](answer)
    return jnp.sqrt(jnp.sum((turned + error) ** 2) / _or_one(jnp.sum(error**2)))


def _half_circle(count: int) -> list[tuple[Array, Array]]:
    """Return weights and directions of nudges with no negative imaginary part, real ones first."""
    real = jnp.array([1.0, -1.0][: 1 if count == 1 else 2])
    found = [(jnp.full(len(real), 1.0 / count), real)]
    if count > 2:
        turns = np.exp(2j * np.pi * np.arange(1, count // 2) / count)
        found.append((jnp.full(len(turns), 2.0 / count), jnp.asarray(turns)))
    return found


def _or_one(value: Array) -> Array:
    return jnp.where(value > 0, value, 1.0)


def _inner(stage: Stage) -> Stage:
    """Return the stage that a wrapper holds, which keeps less for a gradient that is not taken."""
    inner = getattr(stage, "stage", None)
    return inner if isinstance(inner, FixedPoint) else stage


def _wrapped(stage: Stage, slope: Any) -> Any:
    if _inner(stage) is stage:
        return slope
    return eqx.tree_at(lambda s: s.stage, eqx.filter(stage, eqx.is_inexact_array), slope)
