"""A classifier that tries every label and asks its layers how well it fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import is_trained
from residuum.blocks._stage import Capability, Stage

Goodness = Literal["square", "cosine"]


@final
class Contrastive(Stage):
    """Scores of all labels: how good the layers find [features, label].

    z₀ = [x, strength · label] goes through the layers one by one. The answer a of a layer that
    has trained arrays has a goodness: its mean square, or its cosine with a fixed direction; it is
    passed on divided by its norm, so that only its direction reaches the next. The score of a
    label is the mean goodness. Layers without trained arrays can be anything that can be called.

    Args:
        layers: stages in turn; the first takes (n, features + classes).
        classes: labels.
        strength: of the label beside features of size one.
        goodness: ``"square"`` or ``"cosine"``.

    Raises:
        OptionError: less than two classes; no layer with trained arrays.
    """

    layers: tuple[Stage, ...]
    classes: int = eqx.field(static=True)
    strength: float = eqx.field(static=True)
    goodness: Goodness = eqx.field(static=True)
    learning: tuple[bool, ...] = eqx.field(static=True)

    def __init__(
        self,
        layers: Sequence[Stage],
        classes: int,
        *,
        strength: float = 1.0,
        goodness: Goodness = "cosine",
    ) -> None:
        if classes < 2 or goodness not in ("square", "cosine") or not strength > 0:
            got = f"{classes}, {goodness!r}, {strength}"
            raise OptionError("two classes, a known goodness, a positive strength", got, "Mend it.")
        self.layers, self.classes = tuple(layers), classes
        self.strength, self.goodness = strength, goodness
        # Settled here: in compiled code constants look trained.
        self.learning = tuple(any(map(is_trained, jax.tree.leaves(layer))) for layer in layers)
        if not any(self.learning):
            raise OptionError("a layer with trained arrays", "none", "Add dense layers.")

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Gradients of its trained layers, each by itself."""
        return frozenset({Capability.PARAM_VJP})

    def __call__(self, state: Array) -> Array:
        """Return scores (n, classes) of features (n, features)."""
        return jnp.stack(self.levels(state), axis=0).mean(0)

    def levels(self, state: Array) -> list[Array]:
        """Return the goodness (n, classes) at every trained layer."""
        return [self.level(answer) for i, _, answer in self.walk(state) if self.learning[i]]

    def walk(self, state: Array) -> list[tuple[int, Array, Array]]:
        """Return number, input and answer of every layer for all labels: (n · classes, …)."""
        n = state.shape[0]
        codes = self.strength * jnp.eye(self.classes, dtype=state.dtype)
        both = (jnp.repeat(state, self.classes, axis=0), jnp.tile(codes, (n, 1)))
        z, found = jnp.concatenate(both, axis=1), []
        for i, layer in enumerate(self.layers):
            answer = layer(z)
            found.append((i, z, answer))
            z = unit(answer) if self.learning[i] else answer
        return found

    def level(self, answer: Array) -> Array:
        """Return the goodness (n, classes) of answers for all labels."""
        if self.goodness == "square":
            value = jnp.mean(answer**2, axis=1)
        else:
            # Alternating signs: a direction that no bias favours.
            signs = 1.0 - 2.0 * (jnp.arange(answer.shape[1]) % 2)
            value = unit(answer) @ signs.astype(answer.dtype) / answer.shape[1] ** 0.5
        return value.reshape(-1, self.classes)


def unit(answer: Array) -> Array:
    """Return rows divided by their norms."""
    return answer / jnp.sqrt(jnp.sum(answer**2, axis=1, keepdims=True) + 1e-12)
