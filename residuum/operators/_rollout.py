"""One step of time, taken again and again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError
from residuum.blocks import Stage, Step
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture


class RolledOut(Operator):
    """What ``Rollout`` builds: (n, *grid, inputs) to (n, times, *grid, outputs).

    Args:
        step: from inputs that hold the state now to the state one step later.
        times: steps.
        state: channels of the inputs that hold the state, one per output; the others stay.
        change: whether the step gives the change of the state instead of the state.
        looped: whether the steps run in a compiled loop.
    """

    step: Operator
    times: int = eqx.field(static=True)
    state: tuple[int, ...] = eqx.field(static=True)
    change: bool = eqx.field(static=True, default=True)
    looped: bool = eqx.field(static=True, default=True)

    def __call__(self, inputs: Array) -> Array:
        where = jnp.asarray(self.state)

        def one(held: Array, _: None) -> tuple[Array, Array]:
            made = self.step(held)
            if self.change:
                made = made + held[..., where]
            return held.at[..., where].set(made), made

        if self.looped:
            # Only the states are kept for the gradient; what lies between is computed again.
            _, found = jax.lax.scan(jax.checkpoint(one), inputs, None, length=self.times)
            return jnp.moveaxis(found, 0, 1)
        states, held = [], inputs
        for _ in range(self.times):
            held, made = one(held, None)
            states.append(made)
        return jnp.stack(states, axis=1)

    def stages(self) -> tuple[Stage, ...]:
        """Return the steps of time, and the answer; the state is (inputs held, moments so far)."""
        step = (self.state, self.change)
        made = (Step(self.step, _onward, (*step, i == 0)) for i in range(self.times))
        return (*made, Step((), _moments, affine=True))


def _onward(step: Operator, state: Any, *options: Any) -> tuple[Array, Array]:
    channels, change, first = options
    held, moments = (state, None) if first else state
    where = jnp.asarray(channels)
    made = step(held) + held[..., where] if change else step(held)
    found = made[:, None]
    if moments is not None:
        found = jnp.concatenate([moments, found], axis=1)
    return held.at[..., where].set(made), found


def _moments(_: tuple[()], state: tuple[Array, Array]) -> Array:
    return state[1]


@final
@dataclass(frozen=True)
class Rollout(OperatorArchitecture):
    """A recipe of one step of time, applied as often as the frame has times.

    The times must be equally spaced, and the step between them is what is learned. The gradient
    runs through all steps, which is what a long forecast needs; memory grows by one state a step.

    Args:
        step: recipe of the step, for a steady frame; its first answer is near no change.
        state: channels of the inputs that hold the state, one per output in their order; by default
            the last ones. The other channels (coefficients, sources) stay as they are.
        change: whether the step gives the change of the state.
        looped: whether the steps run in a compiled loop. ``False`` for convolutions, whose
            gradients are slow in one.

    Raises:
        OptionError: the frame has no times, or the state does not fit its channels.
    """

    step: OperatorArchitecture
    state: tuple[int, ...] | None = None
    change: bool = True
    looped: bool = True

    name: ClassVar[str] = "rollout"

    def build(self, frame: GridFrame, key: Key) -> RolledOut:
        if frame.times < 1:
            raise OptionError("a frame with times", "a steady one", f"Build {self.step} itself.")
        state = state_channels(self.state, frame)
        step = self.step.build(replace(frame, times=0), key)
        return RolledOut(step, frame.times, state, self.change, self.looped)


def state_channels(state: tuple[int, ...] | None, frame: GridFrame) -> tuple[int, ...]:
    """Return the channels of the inputs that hold the state.

    Raises:
        OptionError: there are not as many as outputs, or one does not exist.
    """
    found = tuple(range(frame.inputs - frame.outputs, frame.inputs)) if state is None else state
    fits = len(set(found)) == len(found) == frame.outputs
    if not fits or any(not 0 <= channel < frame.inputs for channel in found):
        got = f"{found} of {frame.inputs} channels for {frame.outputs} outputs"
        raise OptionError("a channel of the inputs for each output", got, "Name the state.")
    return found
