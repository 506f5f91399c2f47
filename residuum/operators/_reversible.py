"""Operators whose middle is a two-stream reversible stack: depth costs no memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Capability, Composed, Convolution, Halving, Stage, Step, run
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import Coupling, Memory, ReversibleStack, reversible_stack
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._reversible_unet import ReversibleUNet


class Change(eqx.Module):
    """G(x) = stage(x) - x: what a stage of equal width adds to its features.

    Args:
        stage: takes the features, or a tuple of them and of what it leaves alone.
    """

    stage: Stage

    def __call__(self, x: Array, *held: Any) -> Array:
        found = self.stage((x, *held))[0] if held else self.stage(x)
        return found - x


class ReversibleOperator(Operator):
    """What ``Reversible`` builds: first stages, a stack on two streams, last stages.

    Both streams start as the features; their mean goes on.

    Args:
        before, after: stages that are not in the stack.
        stack: on (x_1, x_2, what the stages leave alone).
    """

    before: tuple[Stage, ...]
    stack: ReversibleStack
    after: tuple[Stage, ...]

    def __call__(self, inputs: Array) -> Array:
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return the first stages, the stack between two that double and average, the last ones."""
        return (*self.before, Step((), _doubled), self.stack, Step((), _averaged), *self.after)


def _doubled(_: tuple[()], state: Any) -> tuple[Any, ...]:
    x, *held = _parts(state)
    return x, x, *held


def _averaged(_: tuple[()], state: tuple[Any, ...]) -> Any:
    one, two, *held = state
    mean = 0.5 * (one + two)
    return (mean, *held) if held else mean


@final
@dataclass(frozen=True)
class Reversible(OperatorArchitecture):
    """Another recipe with its middle made reversible: y_1 = x_1 + F(x_2), y_2 = x_2 + G(y_1).

    The stages of the middle, of equal width, become the branches in turn, as many and with the same
    weights. Their states are recomputed on the way back: the memory of a step of training
    does not grow with depth.

    For recipes with two or more stages of equal features: ``FNO``, ``SpatiotemporalFNO``,
    ``ConvolutionNetwork``, ``SineNet``, ``MgNO``. It breaks where features change their shape from
    stage to stage, as in a ``UNet`` (see ``ReversibleUNet``), and where a gradient needs forward
    differentiation.

    Args:
        recipe: of the operator.
        memory: ``"reversible"``; ``"checkpoints"`` or ``"stored"`` for comparison.
        tolerance: of a recomputed state; see ``reversible_stack``.

    Raises:
        OptionError: an unknown way of memory; when it is built, a recipe without such a middle.
    """

    recipe: OperatorArchitecture
    memory: Memory = "reversible"
    tolerance: float | None = None

    name: ClassVar[str] = "reversible"
    sources: ClassVar[tuple[Source, ...]] = ReversibleStack.sources

    def __post_init__(self) -> None:
        if not isinstance(self.recipe, OperatorArchitecture):
            raise OptionError("the recipe of an operator", repr(self.recipe), "Pass FNO(), say.")
        if self.memory not in ("reversible", "checkpoints", "stored"):
            raise OptionError("'reversible', 'checkpoints' or 'stored'", self.memory, "Choose one.")

    def build(self, frame: GridFrame, key: Key) -> Operator:
        """Return the operator before training.

        Raises:
            OptionError: fewer than two neighbouring stages keep their features in shape, or they
                share weights.
        """
        if isinstance(self.recipe, Reversible | ReversibleUNet):
            # It is built as it is, with this memory.
            return replace(self.recipe, memory=self.memory).build(frame, key)
        stages = self.recipe.build(frame, key).stages()
        shapes = [jax.ShapeDtypeStruct((1, *frame.shape, frame.inputs), jnp.float32)]
        for stage in stages:
            shapes.append(jax.eval_shape(stage, shapes[-1]))
        parts = middle(stages, shapes)
        if len(parts) < 2:
            wanted = "two or more neighbouring stages that keep the shape of their features"
            remedy = "Take FNO, SpatiotemporalFNO, ConvolutionNetwork, SineNet or ReversibleUNet."
            raise OptionError(wanted, f"{len(parts)} in {self.recipe.name}", remedy)
        first, last = parts[0][0], parts[-1][1]
        inside = [stages[a] if b == a + 1 else Composed(stages[a:b]) for a, b in parts]
        _require_own_weights(inside)
        x, *held = _parts(shapes[first])
        steps = [_coupling(inside[i : i + 2], len(held)) for i in range(0, len(inside), 2)]
        stack = reversible_stack(
            steps, (x, x, *held), drift="nan", memory=self.memory, tolerance=self.tolerance
        )
        return ReversibleOperator(stages[:first], stack, stages[last:])


def middle(stages: Sequence[Stage], shapes: Sequence[Any]) -> list[tuple[int, int]]:
    """Return the longest run of trained, curved pieces between states of equal shape.

    A piece is one stage, or several such as the three of a residual block; ends are exclusive.
    """
    best: list[tuple[int, int]] = []
    for start in range(len(stages)):
        found, a = [], start
        while (b := _next_like(shapes, start, a)) and _is_curved(stages[a:b]):
            found.append((a, b))
            a = b
        if len(found) > len(best):
            best = found
    return best


def _next_like(shapes: Sequence[Any], start: int, after: int) -> int | None:
    later = range(after + 1, len(shapes))
    return next((j for j in later if shapes[j] == shapes[start]), None)


def _is_curved(stages: Sequence[Stage]) -> bool:
    """Whether stages are trained, and not affine altogether."""
    trained = any(map(is_trained, jax.tree.leaves(list(stages))))
    return trained and not all(Capability.TRANSPOSE in stage.capabilities for stage in stages)


def _parts(state: Any) -> tuple[Any, ...]:
    return state if isinstance(state, tuple) else (state,)


def _coupling(stages: Sequence[Stage], held: int) -> Coupling:
    branches: list[Any] = [Change(in_loops(stage)) for stage in stages]
    return Coupling((*branches, *(None,) * (2 + held - len(branches))))


def in_loops(part: Any) -> Any:
    """Return a module whose convolutions have gradients that are fast in a compiled loop."""

    def one(item: Any) -> Any:
        if not isinstance(item, Convolution | Halving):
            return item
        return replace(item, slope="folded")

    return jax.tree.map(one, part, is_leaf=lambda item: isinstance(item, Convolution | Halving))


def _require_own_weights(stages: Sequence[Stage]) -> None:
    seen: set[int] = set()
    for stage in stages:
        own = {id(leaf) for leaf in jax.tree.leaves(stage) if is_trained(leaf)}
        if own & seen:
            remedy = "Build it without joint weights."
            raise OptionError("weights of its own in every stage", "shared ones", remedy)
        seen |= own
