"""One compiled call of a block: many small tests would otherwise compile every operation."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.blocks import Block


@eqx.filter_jit
def _apply(block: Block, x: Array) -> Array:
    return block(x)


def apply(block: Block, x: np.ndarray) -> np.ndarray:
    """Return the values of a block as a NumPy array."""
    return np.asarray(_apply(block, jnp.asarray(x)))
