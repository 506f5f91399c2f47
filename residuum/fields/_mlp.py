"""Multilayer networks: plain and modified, with Fourier features and periodic embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator, jax_key
from residuum.blocks import (
    Block,
    Chain,
    Dense,
    FourierFeatures,
    Gated,
    Periodic,
    Tanh,
    dense,
)
from residuum.fields._architecture import Architecture, Frame, positive, whole


def embedding(recipe: Any, frame: Frame, key: Key, *, trained: bool = False) -> Chain:
    """Return the blocks before the first dense layer: periodic axes, then Fourier features.

    Args:
        recipe: has ``harmonics``, ``frequencies`` and ``scale``.
        frame: where the field lives.
        key: of the frequencies.
        trained: whether the frequencies are trained.
    """
    blocks: list[Block] = [Periodic(frame.periodic, frame.dimension, recipe.harmonics)]
    if recipe.frequencies:
        width = blocks[0].signature.outputs
        matrix = recipe.scale * generator(key, 1).normal(size=(width, recipe.frequencies))
        blocks.append(FourierFeatures(jnp.asarray(matrix) if trained else np.asarray(matrix)))
    return Chain(tuple(blocks))


@dataclass(frozen=True)
class MLP(Architecture):
    """Plain multilayer network with tanh.

    Args:
        width: neurons per hidden layer.
        depth: number of hidden layers.
        frequencies: number of random Fourier features in front; 0 for none. Useful where the
            solution oscillates more than a few times.
        scale: deviation of their frequencies, in radians per dimensionless unit.
        harmonics: how many harmonics each periodic axis is embedded with.
    """

    width: int = 20
    depth: int = 3
    frequencies: int = 0
    scale: float = 2.0
    harmonics: int = 3

    name: ClassVar[str] = "mlp"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pinn",
            "Physics-informed neural networks: a deep learning framework for solving forward and "
            "inverse problems involving nonlinear partial differential equations",
            "M. Raissi, P. Perdikaris, G. E. Karniadakis",
            2019,
            "doi:10.1016/j.jcp.2018.10.045",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.frequencies < 0:
            got = str(self.frequencies)
            raise OptionError("zero frequencies or more", got, "Give 0 for none.")
        positive(self, scale=self.scale)
        whole(self, width=self.width, depth=self.depth, harmonics=self.harmonics)

    def trunk(self, frame: Frame, key: Key) -> Block:
        start = embedding(self, frame, key)
        blocks: list[Block] = [start]
        for i, part in enumerate(jax.random.split(jax_key(key, 2), self.depth)):
            # Spread biases put the kinks of the first layer inside the domain from the start.
            layer = dense(blocks[-1].signature.outputs, self.width, part, spread=float(i == 0))
            blocks += [layer, Tanh(self.width)]
        return Chain(tuple(blocks))

    def head(self, features: int, outputs: int, key: Key) -> Array:
        return random_head(features, outputs, key)


@dataclass(frozen=True)
class ModifiedMLP(Architecture):
    """Multilayer network whose layers blend two encodings of the input.

    Args:
        width, depth, frequencies, scale, harmonics: as for ``MLP``.
    """

    width: int = 20
    depth: int = 3
    frequencies: int = 0
    scale: float = 2.0
    harmonics: int = 3

    name: ClassVar[str] = "modified_mlp"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "gradient-pathologies",
            "Understanding and mitigating gradient flow pathologies in physics-informed neural "
            "networks",
            "S. Wang, Y. Teng, P. Perdikaris",
            2021,
            "arXiv:2001.04536",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.frequencies < 0:
            got = str(self.frequencies)
            raise OptionError("zero frequencies or more", got, "Give 0 for none.")
        positive(self, scale=self.scale)
        whole(self, width=self.width, depth=self.depth, harmonics=self.harmonics)

    def trunk(self, frame: Frame, key: Key) -> Block:
        start = embedding(self, frame, key)
        inputs, keys = start.signature.outputs, jax.random.split(jax_key(key, 2), self.depth + 2)
        first, second = (dense(inputs, self.width, part) for part in keys[:2])
        layers: list[Dense] = []
        for part in keys[2:]:
            layers.append(dense(self.width if layers else inputs, self.width, part))
        return Chain((start, Gated(first, second, tuple(layers))))

    def head(self, features: int, outputs: int, key: Key) -> Array:
        return random_head(features, outputs, key)


def random_head(features: int, outputs: int, key: Key) -> Array:
    """Return a Glorot-normal last layer with zero constant."""
    return jnp.vstack([dense(features - 1, outputs, jax_key(key, 4)).weight, jnp.zeros(outputs)])
