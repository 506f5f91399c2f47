"""Local contrast: every layer by itself learns to tell the right label from wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import Capability, Contrastive, Stage
from residuum.learning._gradient_rule import GradientRule, Slope, Task, zero_slope


@final
@dataclass(frozen=True)
class LocalContrast(GradientRule):
    """Push the goodness of the right label up and of wrong labels down, layer by layer.

    For a ``Contrastive`` model: trained maps with anything between them, such as a physical medium
    that can only be called. Slopes of a trained layer come from its own answer alone; what lies
    between is run forwards, for all labels at once, and never differentiated. With ``"square"``
    goodness the loss of a layer is softplus(th - g₊) + softplus(g₋ - th), with ``"cosine"``
    softplus(k (g₋ - g₊)), whose least value sets right and wrong answers opposite each other.

    Args:
        threshold: th, in mean squares of a layer's answer.
        sharpness: k.

    Good start: cosine goodness, the defaults, features of size one. It breaks where a layer
    cannot tell labels apart by itself: what a layer learns is no help that later ones ask for.

    Raises:
        OptionError: an option is out of range; the model is no ``Contrastive``, or a trained
            layer has no gradient by its parameters.
    """

    threshold: float = 1.0
    sharpness: float = 8.0

    name: ClassVar[str] = "local_contrast"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARAM_VJP})
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "model-free-forward-forward",
            "Backpropagation-free Training of Deep Physical Neural Networks",
            "A. Momeni, B. Rahmani, M. Malléjac, P. del Hougne, R. Fleury",
            2023,
            "doi:10.1126/science.adi8474",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not (self.threshold > 0 and self.sharpness > 0):
            raise OptionError("a positive threshold and sharpness", repr(self), "Correct them.")

    def check(self, stages: Sequence[Stage]) -> None:
        super().check(stages)
        model = contrastive(stages)
        for i, layer in enumerate(model.layers):
            if model.learning[i] and Capability.PARAM_VJP not in layer.capabilities:
                got = f"layer {i} ({type(layer).__name__}) with trained arrays and without"
                remedy = "Make its arrays NumPy arrays, which are constants."
                raise OptionError("trained layers with a gradient by parameters", got, remedy)

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        model = contrastive(stages)
        slopes, scores, log = [], [], {}
        for i, given, answer in model.walk(state):
            layer = model.layers[i]
            if not model.learning[i]:
                slopes.append(zero_slope(layer))
                continue
            scores.append(model.level(answer))
            value, slope = self._local(model, layer, given, task.target)
            slopes.append(slope)
            log[f"contrast {i}"] = value
        value = task.loss(jnp.stack(scores).mean(0))
        empty = eqx.filter(model, eqx.is_inexact_array)
        whole = eqx.tree_at(lambda m: m.layers, empty, tuple(slopes))
        return Slope(value, (whole,), memory, log)

    def _local(
        self, model: Contrastive, layer: Stage, given: Array, target: Array
    ) -> tuple[Array, Any]:
        moving, rest = eqx.partition(layer, eqx.is_inexact_array)

        def contrast(part: Any) -> Array:
            level = model.level(eqx.combine(part, rest)(given))
            right = jnp.sum(level * target, axis=1, keepdims=True)
            if model.goodness == "cosine":
                each = jax.nn.softplus(self.sharpness * (level - right))
            else:
                each = jax.nn.softplus(level - self.threshold)
                each += jax.nn.softplus(self.threshold - right)
            wrong = 1.0 - target
            return jnp.sum(wrong * each) / jnp.sum(wrong)

        found: tuple[Array, Any] = jax.value_and_grad(contrast)(moving)
        return found


def contrastive(stages: Sequence[Stage]) -> Contrastive:
    """Return the one stage of a contrastive model."""
    if len(stages) != 1 or not isinstance(stages[0], Contrastive):
        got = ", ".join(type(stage).__name__ for stage in stages)
        remedy = "Give your layers to blocks.Contrastive, which tries every label."
        raise OptionError("a Contrastive model", got, remedy)
    return stages[0]
