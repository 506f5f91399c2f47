"""The answer of the nearest training sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Source
from residuum.datasets import Samples
from residuum.operators._floor import FixedGrid, Floor, centred


@final
class NearestAnswer(FixedGrid):
    """The answer to the input that is nearest.

    Args:
        samples: inputs, (n, p).
        known: answers, (n, q).
    """

    samples: np.ndarray
    known: np.ndarray

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        samples = jnp.asarray(self.samples)
        # |x|² is the same for all samples.
        gaps = (samples**2).sum(axis=1) - 2 * self.vectors(inputs) @ samples.T
        return self.answers(jnp.asarray(self.known)[gaps.argmin(axis=1)])


@final
@dataclass(frozen=True)
class NearestNeighbour(Floor):
    """A table look-up: what an operator must beat to have learned more than its samples."""

    name: ClassVar[str] = "nearest_neighbour"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "nearest-neighbour",
            "Nearest Neighbor Pattern Classification",
            "T. Cover, P. Hart",
            1967,
            "doi:10.1109/TIT.1967.1053964",
            "verified",
        ),
    )

    def fit(self, samples: Samples) -> NearestAnswer:
        """Return the table."""
        centre, size, inputs, outputs = centred(samples, 1)
        parts = inputs.astype(np.float32), outputs.astype(np.float32)
        return NearestAnswer(centre, size, samples.outputs.shape[1:], *parts)
