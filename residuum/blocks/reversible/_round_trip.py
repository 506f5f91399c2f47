"""The self-test of a stack: how well a state comes back, and the checkpoints that it needs."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import OptionError, double_precision, generator
from residuum.blocks.reversible._group import Group
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._state import State, cast_like, dense, distance

MOST = 1000
"""Steps of a group that are tested: a longer one gets checkpoints this far apart in float32."""
HELD = 64
"""States of a long group that are compared."""


@eqx.filter_jit
def _forth(coupling: Invertible, state: State) -> State:
    return coupling.forward(state)[0]


@eqx.filter_jit
def _back(coupling: Invertible, image: State) -> State:
    return coupling.inverse(image)


def drawn(probe: Any) -> State:
    """Return a state to test with: shapes become normal numbers, arrays stay."""
    random = generator(29, 3)

    def one(leaf: Any) -> Any:
        if isinstance(leaf, jax.ShapeDtypeStruct):
            return jnp.asarray(random.normal(size=leaf.shape), leaf.dtype)
        return leaf

    shape = jax.ShapeDtypeStruct
    made = jax.tree.map(one, probe, is_leaf=lambda item: isinstance(item, shape))
    return dense(made)


def is_traced(*trees: Any) -> bool:
    """Whether a program is being traced, so that no number is known."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(trees))


class Path:
    """The states of a probe through a stack.

    Args:
        groups: of the stack.
        probe: a typical state.
        carry: ``"float64"`` where the state is carried so.
    """

    def __init__(self, groups: tuple[Group, ...], probe: State, carry: str) -> None:
        self.carry = carry
        self.couplings = [item for group in groups for item in _tested(group)]
        total = len(self.couplings)
        self.stride = max(1, total // HELD) if total > 2 * HELD else 1
        with double_precision() if carry else nullcontext():
            state = probe
            if carry:
                state = jax.tree.map(lambda leaf: leaf.astype(carry), probe)
            self.states = {0: state}
            for i, coupling in enumerate(self.couplings, start=1):
                state = _forth(coupling, state)
                if i % self.stride == 0 or i == total:
                    self.states[i] = state
            self._check(probe)

    def _check(self, probe: State) -> None:
        for i, state in self.states.items():
            if not all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(state)):
                got = f"numbers that are not finite after {i} of {len(self.couplings)} steps"
                remedy = "Take smaller weights or steps, or another probe."
                raise OptionError("finite states of the probe", got, remedy)

    def error(self, every: int) -> float:
        """Return the largest error of a recomputed state, kept states ``every`` steps apart."""
        with double_precision() if self.carry else nullcontext():
            state, worst = self.states[len(self.couplings)], 0.0
            for i in range(len(self.couplings) - 1, -1, -1):
                state = _back(self.couplings[i], state)
                if i in self.states:
                    true = self.states[i]
                    found = float(
                        distance(cast_like(state, true), true, self.states[len(self.couplings)])
                    )
                    worst = max(worst, found if math.isfinite(found) else math.inf)
                    if every and i % every == 0:
                        state = true
            return worst

    def interval(self, tolerance: float) -> tuple[int, float]:
        """Return the steps between kept states that hold a tolerance (0: none), and the error."""
        error, every = self.error(0), len(self.couplings)
        if error <= tolerance:
            return 0, error
        while every > self.stride:
            every = math.ceil(every / 2 / self.stride) * self.stride
            error = self.error(every)
            if error <= tolerance:
                return every, error
            if every == self.stride:
                break
        return 1, 0.0


def _tested(group: Group) -> list[Invertible]:
    if jax.tree.leaves(group.stacked):
        return group.couplings()
    # The same coupling over and over: no copies, and no more than are worth testing.
    return [group.shared] * min(group.count, MOST)


def resolution(state: State) -> float:
    """Return the rounding unit of a state."""
    return float(np.finfo(jax.tree.leaves(state)[0].dtype).eps)
