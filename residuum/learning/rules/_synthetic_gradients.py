"""Synthetic gradients: small nets say what the error at each boundary will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import DIFFERENTIABLE, Capability, Chain, Stage, Tanh, dense
from residuum.learning._gradient_rule import (
    GradientRule,
    Slope,
    Task,
    ahead,
    cosine,
    states_of,
    trained_part,
)


class Teachers(NamedTuple):
    """What the rule remembers.

    Args:
        nets: trained arrays of the nets, one per boundary, or one for all.
        state: of their optimiser.
    """

    nets: Any
    state: Any


@final
@dataclass(frozen=True)
class SyntheticGradients(GradientRule):
    """Move each stage by an error that a small net predicts from the state after it.

    δ̂ = S([h, y]) stands for the gradient of the loss by the state h of one sample, at every
    boundary between stages. S learns from what the next stage sends back when it is given its own
    prediction (the last one the true error), so that the horizon grows by one stage a step. A
    stage waits for no later one: long chains, and long marches in time cut into stages, need only
    one stage in memory.

    Args:
        rate: of the nets (Adam), faster than that of the stages.
        width: of the hidden layer of a net, 0 for a linear map.
        shared: whether one net serves all boundaries: for marches whose stages are alike.
        informed: whether nets also see the target.

    Good start: a rate of 3 to 10 times that of the stages, shared nets for marches. It breaks
    where the error is no function of state and target: the alignment in the log then stays low.

    Raises:
        OptionError: an option is out of range; a state that is no array of (n, features); shared
            nets between states of different widths.
    """

    rate: float = 3e-3
    width: int = 32
    shared: bool = False
    informed: bool = True

    name: ClassVar[str] = "synthetic_gradients"
    needs: ClassVar[frozenset[Capability]] = DIFFERENTIABLE
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "fast-slow-synthetic-gradients",
            "Fast & Slow Learning: Incorporating Synthetic Gradients in Neural Memory Controllers",
            "T. Fernando, S. Denman, S. Sridharan, C. Fookes",
            2020,
            "arXiv:2011.05438",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.width < 0:
            raise OptionError("a positive rate and a width", repr(self), "Correct them.")

    def begin(self, stages: Sequence[Stage], state: Any, task: Task, key: Array) -> Teachers:
        nets = tuple(trained_part(net) for net in self._nets(stages, state, task, key))
        return Teachers(nets, optax.adam(self.rate).init(nets))

    def _nets(
        self, stages: Sequence[Stage], state: Any, task: Task, key: Array
    ) -> tuple[Chain, ...]:
        """Return nets that predict no error yet, one per boundary, or one for all."""
        shapes = jax.eval_shape(lambda s: states_of(stages, s)[1:-1], state)
        if any(not hasattr(item, "shape") or len(item.shape) != 2 for item in shapes):
            got = ", ".join(str(getattr(item, "shape", type(item))) for item in shapes)
            raise OptionError("states of shape (n, features)", got, "Flatten them.")
        widths = [item.shape[1] for item in shapes]
        if self.shared and len(set(widths)) > 1:
            raise OptionError("states of one width", str(widths), "Take shared=False.")
        extra = 0 if task.target is None or not self.informed else task.target.shape[1]
        keys = jax.random.split(key, max(len(widths), 1))
        kinds = list(zip(widths, keys, strict=False))[: 1 if self.shared else None]
        dtype = jax.tree.leaves(state)[0].dtype
        nets = tuple(_net(width + extra, self.width, width, part) for width, part in kinds)
        return jax.tree.map(lambda leaf: leaf.astype(dtype) if eqx.is_array(leaf) else leaf, nets)

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Teachers, key: Array
    ) -> Slope:
        states, pulls = [state], []
        for stage in stages:
            # The state is cut off here: no gradient passes a boundary but through a net.
            after, pull = ahead(stage, jax.lax.stop_gradient(states[-1]))
            states.append(after)
            pulls.append(pull)
        value, last = jax.value_and_grad(task.loss)(states[-1])
        frames = self._nets(stages, state, task, key)
        nets = tuple(
            eqx.combine(part, eqx.filter(frame, eqx.is_inexact_array, inverse=True))
            for part, frame in zip(memory.nets, frames, strict=True)
        )
        seen = [self._seen(h, task) for h in states[1:-1]]
        n = state.shape[0]
        guesses = [self._net(nets, i)(x) / n for i, x in enumerate(seen)]
        pulled = [pull(error) for pull, error in zip(pulls, [*guesses, last], strict=True)]
        slopes = tuple(slope for slope, _ in pulled)
        wanted = [n * back for _, back in pulled[1:]]
        memory, miss = self._learn(nets, memory, seen, jax.lax.stop_gradient(wanted))
        log = {"synthetic miss": miss, "boundary alignment": cosine(guesses, wanted)}
        return Slope(value, slopes, memory, log)

    def _seen(self, h: Array, task: Task) -> Array:
        if task.target is None or not self.informed:
            return h
        return jnp.concatenate([h, task.target.astype(h.dtype)], axis=1)

    def _net(self, nets: tuple[Chain, ...], i: int) -> Chain:
        return nets[0] if self.shared else nets[i]

    def _learn(
        self, nets: tuple[Chain, ...], memory: Teachers, seen: list[Array], wanted: list[Array]
    ) -> tuple[Teachers, Array]:
        moving, rest = eqx.partition(nets, eqx.is_inexact_array)

        def miss(part: Any) -> Array:
            found = eqx.combine(part, rest)
            errors = [
                jnp.mean(jnp.sum((self._net(found, i)(x) - y) ** 2, axis=1))
                for i, (x, y) in enumerate(zip(seen, wanted, strict=True))
            ]
            return sum(errors, start=jnp.zeros((), seen[0].dtype if seen else float))

        value, slope = jax.value_and_grad(miss)(moving)
        move, state = optax.adam(self.rate).update(slope, memory.state, moving)
        return Teachers(eqx.apply_updates(moving, move), state), value


def _net(inputs: int, hidden: int, outputs: int, key: Array) -> Chain:
    first, second = jax.random.split(key)
    last = dense(hidden or inputs, outputs, second)
    # Zero at first: no error is better than a random one.
    last = jax.tree.map(jnp.zeros_like, last)
    if not hidden:
        return Chain((last,))
    return Chain((dense(inputs, hidden, first), Tanh(hidden), last))
