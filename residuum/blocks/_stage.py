"""The stage: one step of a model, and what a learning rule may ask of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jax import Array


class Capability(Enum):
    """What a stage can do besides being called.

    Members:
        PARAM_VJP: the gradient by its own parameters.
        INPUT_VJP: the gradient by its input.
        TRANSPOSE: it is affine in its input: products with W and with its transpose.
        ELEMENTWISE: every number out is a function of the number in at the same place.
        SOLVE: its answer is a fixed point, which can be solved for under a nudge.
        INVERSE: it can be undone, by its method ``inverse``.
    """

    PARAM_VJP = "gradient by its parameters"
    INPUT_VJP = "gradient by its input"
    TRANSPOSE = "products with its transpose"
    ELEMENTWISE = "an elementwise function"
    SOLVE = "a fixed point under a nudge"
    INVERSE = "an inverse"


DIFFERENTIABLE = frozenset({Capability.PARAM_VJP, Capability.INPUT_VJP})
AFFINE = DIFFERENTIABLE | {Capability.TRANSPOSE}
PLAIN = DIFFERENTIABLE | {Capability.ELEMENTWISE}


class Stage(eqx.Module):
    """One step of a model: a state to a state, each an array or a tree of arrays."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What a learning rule may ask of it; gradients by parameters and input by default."""
        return DIFFERENTIABLE

    @abstractmethod
    def __call__(self, state: Any) -> Any:
        """Return the next state."""

    def stages(self) -> tuple[Stage, ...]:
        """Return the steps whose composition it is; itself alone by default.

        They hold the same parameters, re-packed by a linear map at most, so that the gradient of
        the model is the transpose of ``stages`` at the gradients of its stages.
        """
        return (self,)


def run(stages: Iterable[Stage], state: Any) -> Any:
    """Return the state after all stages."""
    for stage in stages:
        state = stage(state)
    return state


@final
class Checkpointed(Stage):
    """A stage that keeps its input alone and computes the rest again for a gradient.

    Args:
        stage: what is computed.
    """

    stage: Stage

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.stage.capabilities

    def __call__(self, state: Any) -> Any:
        moving, rest = eqx.partition((self.stage, state), eqx.is_array)

        def apply(moving: Any) -> Any:
            stage, given = eqx.combine(moving, rest)
            return stage(given)

        return jax.checkpoint(apply)(moving)


def checkpointed(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Return stages of which only the states between them are kept."""
    return tuple(Checkpointed(stage) for stage in stages)


@final
class Step(Stage):
    """A function of some parts of a model and the state, as a stage.

    Args:
        parts: modules and arrays.
        function: (parts, state, *options) to the next state; defined once, not anew at each use.
        options: hashable, such as edges of a grid.
        affine: whether it is affine in the state.
        elementwise: whether every number is a function of the number at the same place.
    """

    parts: Any
    function: Callable[..., Any] = eqx.field(static=True)
    options: tuple[Any, ...] = eqx.field(static=True, default=())
    affine: bool = eqx.field(static=True, default=False)
    elementwise: bool = eqx.field(static=True, default=False)

    @property
    def capabilities(self) -> frozenset[Capability]:
        return AFFINE if self.affine else PLAIN if self.elementwise else DIFFERENTIABLE

    def __call__(self, state: Any) -> Any:
        return self.function(self.parts, state, *self.options)


@final
class Rescale(Stage):
    """y = (x - shift) / size, one shift and size per channel, both constants.

    Args:
        shift, size: (channels,).
    """

    shift: Array | np.ndarray
    size: Array | np.ndarray

    @property
    def capabilities(self) -> frozenset[Capability]:
        return AFFINE | {Capability.INVERSE}

    def __call__(self, state: Any) -> Any:
        return (state - self.shift) / self.size

    def inverse(self, state: Any) -> Any:
        """Return what is rescaled to a state."""
        return state * self.size + self.shift


@final
class Composed(Stage):
    """Stages one after another, as one; they can be of any kind.

    Args:
        parts: the stages.
    """

    parts: tuple[Stage, ...]

    def stages(self) -> tuple[Stage, ...]:
        """Return the stages, those of inner ones one by one."""
        return tuple(stage for part in self.parts for stage in part.stages())

    def __call__(self, state: Any) -> Any:
        return run(self.parts, state)
