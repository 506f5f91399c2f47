"""Modern Hopfield networks: association, pooling with trained queries, look-up of trained pairs."""

from __future__ import annotations

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks._abstract import Block, Signature
from residuum.blocks.associative._energy import EnergyModel, check_states

RAMSAUER = Source(
    "modern-hopfield",
    "Hopfield Networks is All You Need",
    "H. Ramsauer, B. Schäfl, J. Lehner, P. Seidl, M. Widrich, L. Gruber, M. Holzleitner, "
    "M. Pavlović, G. K. Sandve, V. Greiff, D. Kreil, M. Kopp, G. Klambauer, J. Brandstetter, "
    "S. Hochreiter",
    2021,
    "arXiv:2008.02217",
    "verified",
)


class Hopfield(EnergyModel):
    """E(q) = -1/β log Σ_k exp(β x_k · q) + q · q / 2 + log(K)/β + max |x|² / 2.

    The update q ← Σ_k x_k softmax(β x_k · q) never raises the energy, which is never negative.
    Patterns that lie apart are recalled in one update, exponentially many in their length; those
    closer than about 1/β are blended.

    Args:
        patterns: x, shape (patterns, units); JAX arrays are trained, NumPy arrays are constants.
        beta: inverse temperature, above zero; 1 recalls signs of length 64.

    Raises:
        OptionError: the patterns are no matrix, or beta is not above zero.

    Source: H. Ramsauer et al., ICLR 2021.
    """

    patterns: Array | np.ndarray
    beta: float = eqx.field(static=True, converter=float, default=1.0)

    sources: ClassVar[tuple[Source, ...]] = (RAMSAUER,)

    def __check_init__(self) -> None:
        _check_memory(self.patterns, self.beta)

    @property
    def units(self) -> int:
        return int(self.patterns.shape[1])

    def energy(self, state: Array) -> Array:
        check_states(self, state)
        patterns = jnp.asarray(self.patterns)
        deepest = jax.nn.logsumexp(self.beta * state @ patterns.T, axis=1) / self.beta
        ground = jnp.log(len(patterns)) / self.beta + jnp.max(jnp.sum(patterns**2, axis=1)) / 2
        return jnp.sum(state**2, axis=1) / 2 - deepest + ground

    def update(self, state: Array) -> Array:
        check_states(self, state)
        patterns = jnp.asarray(self.patterns)
        return jax.nn.softmax(self.beta * state @ patterns.T, axis=1) @ patterns


class Associate(Block):
    """y = Σ_k v_k softmax(β k_k · q), after updates of the query q among the keys.

    With one step this is attention. A memory of solved cases completes measurements: keys are what
    sensors saw, values whole fields. To compare by distance rather than by product, see
    ``distance_keys``. A query stops where an update moves it by less than the tolerance.

    Args:
        keys: shape (patterns, inputs); JAX arrays are trained, NumPy arrays are constants.
        values: shape (patterns, outputs).
        beta: inverse temperature, above zero.
        steps: updates in all, the last of which reads the values; one or more.
        tolerance: in the units of keys.

    Raises:
        OptionError: shapes disagree, or a number is out of range.

    Breaks where the answer is no blend of stored ones: measured behind least squares on principal
    components wherever the stored fields lie near a linear space.

    Source: H. Ramsauer et al., ICLR 2021.
    """

    keys: Array | np.ndarray
    values: Array | np.ndarray
    beta: float = eqx.field(static=True, converter=float, default=1.0)
    steps: int = eqx.field(static=True, default=1)
    tolerance: float = eqx.field(static=True, default=0.0)

    sources: ClassVar[tuple[Source, ...]] = (RAMSAUER,)

    def __check_init__(self) -> None:
        _check_memory(self.keys, self.beta)
        if self.values.ndim != 2 or len(self.values) != len(self.keys):
            raise OptionError(
                f"one row of values per key, {len(self.keys)}",
                str(self.values.shape),
                "Give as many.",
            )
        if self.steps < 1 or not self.tolerance >= 0:
            raise OptionError(
                "one step or more, a tolerance from zero",
                f"{self.steps}, {self.tolerance}",
                "1 and 1e-4.",
            )

    @property
    def signature(self) -> Signature:
        return Signature(int(self.keys.shape[1]), int(self.values.shape[1]))

    def weights(self, x: Array) -> Array:
        """Return the shares of the stored patterns, shape (n, patterns)."""
        keys = jnp.asarray(self.keys, x.dtype)
        going = jnp.ones((len(x), 1), bool)
        for _ in range(self.steps - 1):
            new = jax.nn.softmax(self.beta * x @ keys.T, axis=1) @ keys
            far = jnp.max(jnp.abs(new - x), axis=1, keepdims=True) > self.tolerance
            x = jnp.where(going, new, x)
            going = going & far
        return jax.nn.softmax(self.beta * x @ keys.T, axis=1)

    def __call__(self, x: Array) -> Array:
        return self.weights(x) @ jnp.asarray(self.values, x.dtype)


class Association(eqx.Module):
    """Every state recalls from a set given with it: softmax(β R W_q (Y W_k)ᵀ) Y W_v, by heads.

    Args:
        query, key, value: weights of shapes (states, heads, width), (stored, heads, width) and
            (stored, heads, outputs / heads).
        beta: inverse temperature; 1/√width as a start.
        steps: updates in the space of keys before the values are read, one or more.

    Source: H. Ramsauer et al., ICLR 2021.
    """

    query: Array
    key: Array
    value: Array
    beta: float = eqx.field(static=True, converter=float)
    steps: int = eqx.field(static=True, default=1)

    sources: ClassVar[tuple[Source, ...]] = (RAMSAUER,)

    def __call__(self, states: Array, stored: Array) -> Array:
        """Map states (n, a, states) and sets (n, b, stored) to (n, a, outputs)."""
        keys = jnp.einsum("nbi,ihw->nhbw", stored, self.key)
        values = jnp.einsum("nbi,ihv->nhbv", stored, self.value)
        found = _recalled(jnp.einsum("nai,ihw->nhaw", states, self.query), keys, values, self)
        return found.reshape(*found.shape[:2], -1)


class Pooling(eqx.Module):
    """Trained queries recall from a set of any size: (n, b, stored) to (n, queries · outputs).

    Args:
        query: shape (queries, heads, width).
        key, value: as in ``Association``.
        beta, steps: as in ``Association``.

    Source: H. Ramsauer et al., ICLR 2021.
    """

    query: Array
    key: Array
    value: Array
    beta: float = eqx.field(static=True, converter=float)
    steps: int = eqx.field(static=True, default=1)

    sources: ClassVar[tuple[Source, ...]] = (RAMSAUER,)

    def __call__(self, stored: Array) -> Array:
        keys = jnp.einsum("nbi,ihw->nhbw", stored, self.key)
        values = jnp.einsum("nbi,ihv->nhbv", stored, self.value)
        query = jnp.broadcast_to(
            jnp.moveaxis(self.query, 0, 1),
            (len(stored), *self.query.shape[1::-1], self.query.shape[2]),
        )
        found = _recalled(query, keys, values, self)
        return found.reshape(len(stored), -1)


def _recalled(query: Array, keys: Array, values: Array, layer: Association | Pooling) -> Array:
    """Return answers by query: (n, queries, heads, outputs / heads)."""
    for _ in range(layer.steps - 1):
        share = jax.nn.softmax(layer.beta * jnp.einsum("nhaw,nhbw->nhab", query, keys), axis=-1)
        query = jnp.einsum("nhab,nhbw->nhaw", share, keys)
    share = jax.nn.softmax(layer.beta * jnp.einsum("nhaw,nhbw->nhab", query, keys), axis=-1)
    return jnp.einsum("nhab,nhbv->nahv", share, values)


def _check_memory(patterns: Array | np.ndarray, beta: float) -> None:
    if patterns.ndim != 2 or not len(patterns) or not beta > 0:
        raise OptionError(
            "patterns of shape (patterns, units) and a beta above zero",
            f"{patterns.shape}, {beta}",
            "beta=1 is a start.",
        )


def distance_keys(keys: np.ndarray) -> np.ndarray:
    """Return keys (k, -|k|²/2), shape (patterns, inputs + 1), for queries (q, 1).

    The softmax over products is then one over -β/2 |k - q|²: the nearest key weighs most, whatever
    its length. Use one step; ``distance_queries`` makes the queries.
    """
    keys = np.asarray(keys)
    return np.concatenate([keys, -0.5 * np.sum(keys**2, axis=1, keepdims=True)], axis=1)


def distance_queries(queries: np.ndarray) -> np.ndarray:
    """Return queries (q, 1), shape (n, inputs + 1), for ``distance_keys``."""
    queries = np.asarray(queries)
    return np.concatenate([queries, np.ones((len(queries), 1), queries.dtype)], axis=1)


def _check_widths(**counts: int) -> None:
    if min(counts.values()) < 1:
        raise OptionError("numbers of one or more", str(counts), "Correct them.")


def association(
    states: int,
    stored: int,
    outputs: int,
    key: Key,
    *,
    heads: int = 1,
    width: int = 16,
    steps: int = 1,
) -> Association:
    """Return a trained association, beta = 1/√width.

    Raises:
        OptionError: a number is below one, or heads do not divide the outputs.
    """
    _check_widths(states=states, steps=steps)
    keys, values = _read(stored, outputs, key, heads=heads, width=width)
    query = jax.random.normal(jax_key(key, 0), (states, heads, width)) / jnp.sqrt(states)
    return Association(query, keys, values, width**-0.5, steps)


def _read(stored: int, outputs: int, key: Key, *, heads: int, width: int) -> tuple[Array, Array]:
    """Return first weights of keys and values."""
    _check_widths(stored=stored, outputs=outputs, heads=heads, width=width)
    if outputs % heads:
        raise OptionError("heads that divide the outputs", f"{heads} of {outputs}", "Try 1.")
    widths = (width, outputs // heads)
    keys, values = (
        jax.random.normal(jax_key(key, i), (stored, heads, columns)) / jnp.sqrt(stored)
        for i, columns in enumerate(widths, start=1)
    )
    return keys, values


def pooling(
    stored: int,
    outputs: int,
    key: Key,
    *,
    queries: int = 1,
    heads: int = 1,
    width: int = 16,
    steps: int = 1,
) -> Pooling:
    """Return a trained pooling, beta = 1/√width.

    Raises:
        OptionError: a number is below one, or heads do not divide the outputs.
    """
    _check_widths(queries=queries, steps=steps)
    keys, values = _read(stored, outputs, key, heads=heads, width=width)
    query = jax.random.normal(jax_key(key, 0), (queries, heads, width))
    return Pooling(query, keys, values, width**-0.5, steps)


def lookup(
    inputs: int, outputs: int, patterns: int, key: Key, *, beta: float = 1.0, steps: int = 1
) -> Associate:
    """Return an ``Associate`` with trained keys and values: a table that is looked up softly.

    Raises:
        OptionError: a number is out of range.
    """
    _check_widths(inputs=inputs, outputs=outputs, patterns=patterns)
    first, second = jax_key(key, 0), jax_key(key, 1)
    keys = jax.random.normal(first, (patterns, inputs))
    return Associate(keys, jax.random.normal(second, (patterns, outputs)), beta, steps)
