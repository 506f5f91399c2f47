"""Randomness is an argument: one integer or JAX key gives every stream a solve needs."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core._errors import OptionError

Key = int | jax.Array
"""A whole number or a ``jax.random`` key."""


def _words(key: Key) -> list[int]:
    if isinstance(key, bool) or not isinstance(key, int | np.integer | jax.Array):
        raise OptionError("a whole number or a jax.random key", repr(key), "Pass key=7, say.")
    if isinstance(key, jax.Array):
        data = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
        return [int(word) for word in np.asarray(data).ravel()]
    if key < 0:
        raise OptionError("a key of zero or more", str(key), "Pass a non-negative whole number.")
    return [int(key)]


def _entropy(key: Key, path: tuple[int, ...]) -> list[int]:
    # The length goes first: NumPy pads with zeros, so that [7] and [7, 0] would be one stream.
    return [len(path) + 1, *_words(key), *path]


def generator(key: Key, *path: int) -> np.random.Generator:
    """Return a NumPy generator for ``key``; ``path`` names an independent stream of it."""
    return np.random.default_rng(_entropy(key, path))


def jax_key(key: Key, *path: int) -> jax.Array:
    """Return a JAX key for ``key``; ``path`` names an independent stream of it."""
    seed = int(np.random.SeedSequence(_entropy(key, path)).generate_state(1)[0])
    return jax.random.key(seed)
