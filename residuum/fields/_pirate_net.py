"""Deep networks of gated residual blocks that start as the identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp

from residuum._core import Key, Source, jax_key
from residuum.blocks import Block, Chain, ResidualGates, Swish, Tanh, factorised
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._mlp import embedding


@dataclass(frozen=True)
class PirateNet(Architecture):
    """Trained Fourier features, then gated residual blocks whose depth is switched off at first.

    At the start the field is linear in all that counts: the last layer, which begins at zero and
    should be solved for before the training (``HeadGaussNewton`` as the first of ``InTurn``). All
    dense layers are factorised.

    Args:
        width: neurons per layer of the blocks.
        blocks: residual blocks, of three layers each.
        frequencies: random Fourier features in front, trained; twice as many enter the blocks.
        scale: deviation of their frequencies, in radians per dimensionless unit. Good starting
            values: 1 to 2, more for fine detail.
        harmonics: how many harmonics each periodic axis is embedded with.
        smooth: whether the layers use x · sigmoid(x) in place of tanh.

    It breaks where nobody can pay for it: a step costs as much as nine layers of a plain network.
    """

    width: int = 64
    blocks: int = 3
    frequencies: int = 32
    scale: float = 2.0
    harmonics: int = 1
    smooth: bool = False

    name: ClassVar[str] = "pirate_net"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "piratenets",
            "PirateNets: Physics-informed Deep Learning with Residual Adaptive Networks",
            "S. Wang, B. Li, Y. Chen, P. Perdikaris",
            2024,
            "arXiv:2402.00326",
            "verified",
        ),
        Source(
            "random-weight-factorization",
            "Random Weight Factorization Improves the Training of Continuous Neural "
            "Representations",
            "S. Wang, H. Wang, J. H. Seidman, P. Perdikaris",
            2022,
            "arXiv:2210.01274",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        positive(self, scale=self.scale)
        whole(self, width=self.width, blocks=self.blocks)
        whole(self, frequencies=self.frequencies, harmonics=self.harmonics)

    def trunk(self, frame: Frame, key: Key) -> Block:
        start = embedding(self, frame, key, trained=True)
        inputs, width = start.signature.outputs, self.width
        keys = iter(jax.random.split(jax_key(key, 2), 2 + 3 * self.blocks))
        first, second = (factorised(inputs, width, next(keys)) for _ in range(2))
        layers = tuple(
            (
                factorised(inputs, width, next(keys)),
                factorised(width, width, next(keys)),
                factorised(width, inputs, next(keys)),
            )
            for _ in range(self.blocks)
        )
        activation = Swish(width) if self.smooth else Tanh(width)
        return Chain(
            (start, ResidualGates(first, second, layers, jnp.zeros(self.blocks), activation))
        )
