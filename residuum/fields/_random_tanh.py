"""Random tanh features: a network whose inner weights are drawn once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Key, Source, generator
from residuum.blocks import Block, Chain, Dense, Periodic, Tanh
from residuum.fields._architecture import Architecture, Frame, positive, whole


@dataclass(frozen=True)
class RandomTanh(Architecture):
    """φ_k(z) = tanh(w_k · z + b_k) with fixed random w_k and b_k.

    Args:
        count: number of features.
        scale: weights and biases are uniform in ±scale. Good starting values: 1 to 10; larger for
            steeper solutions.
    """

    count: int = 600
    scale: float = 3.0

    name: ClassVar[str] = "random_tanh"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "random-features",
            "Extreme learning machine collocation for the numerical solution of elliptic PDEs with "
            "sharp gradients",
            "F. Calabrò, G. Fabiani, C. Siettos",
            2021,
            "doi:10.1016/j.cma.2021.114188",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        positive(self, scale=self.scale)
        whole(self, count=self.count)

    def trunk(self, frame: Frame, key: Key) -> Block:
        start = Periodic(frame.periodic, frame.dimension)
        draw = generator(key, 3)
        weight = draw.uniform(-self.scale, self.scale, (start.signature.outputs, self.count))
        # Kinks are put inside the domain: b = -w · z at a random point z.
        drawn = jnp.asarray(draw.uniform(-1, 1, (self.count, frame.dimension)))
        places = np.asarray(start(drawn))
        bias = -np.einsum("kd,dk->k", places, weight)
        return Chain((start, Dense(weight, bias), Tanh(self.count)))
