"""Arithmetic of what flows through a reversible stack: parts that are arrays or jets."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Jet

Part = Any
"""One stream of a state: an array, a ``Jet``, or a pytree of arrays."""
State = Any
"""What a coupling maps: a tuple of parts, in general any pytree of real arrays."""


def plus(x: Part, y: Part) -> Part:
    """Return x + y."""
    return x + y if isinstance(x, Jet) else jax.tree.map(jnp.add, x, y)


def minus(x: Part, y: Part) -> Part:
    """Return x - y."""
    return x - y if isinstance(x, Jet) else jax.tree.map(jnp.subtract, x, y)


def scaled(x: Part, factor: Array) -> Part:
    """Return a · x for a factor that broadcasts to every leaf."""
    return x * factor if isinstance(x, Jet) else jax.tree.map(lambda leaf: leaf * factor, x)


def dense(state: State) -> State:
    """Fill up jets: no absent coefficients, every row written out, so that shapes never change."""
    return jax.tree.map(_filled, state, is_leaf=lambda item: isinstance(item, Jet))


def dense_like(part: Part, like: Part) -> Part:
    """Return a jet with the coefficients and shapes of another, absent ones as zeros."""
    if not isinstance(like, Jet):
        return part
    zero = {key: jnp.zeros(leaf.shape, part.value.dtype) for key, leaf in _parts(like).items()}
    return Jet(
        {key: old if (new := part.parts[key]) is None else new + old for key, old in zero.items()}
    )


def _parts(jet: Jet) -> dict[Any, Array]:
    return {key: part for key, part in jet.parts.items() if part is not None}


def _filled(item: Any) -> Any:
    if not isinstance(item, Jet):
        return jnp.asarray(item)
    value = item.value
    return Jet(
        {
            key: jnp.zeros_like(value)
            if part is None
            else jnp.broadcast_to(jnp.asarray(part, value.dtype), value.shape)
            for key, part in item.parts.items()
        }
    )


def cast_like(state: State, like: State) -> State:
    """Return a state in the precision of another of the same structure."""
    return jax.tree.map(lambda a, b: a.astype(b.dtype), state, like)


def lowered(state: State) -> State:
    """Return a state in float32."""
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float32), state)


def fitted(slope: Array, shape: tuple[int, ...]) -> Array:
    """Return the slope of what was broadcast from a shape."""
    extra = tuple(range(slope.ndim - len(shape)))
    summed = slope.sum(extra)
    axes = tuple(i for i, size in enumerate(shape) if size == 1 and summed.shape[i] != 1)
    return summed.sum(axes, keepdims=True) if axes else summed


def distance(found: State, true: State, scale: State = None) -> Array:
    """Return the largest relative error of the parts, in the Euclidean norm.

    A part counts as at least a tenth of the whole, lest one that starts at zero decides.
    Where all of it is exactly zero, a state at rest, the error is relative to ``scale``.
    """
    pairs = list(zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True))
    sizes = [jnp.sqrt(jnp.sum(jnp.square(b))) for _, b in pairs]
    whole = _size(true)
    if scale is not None:
        whole = jnp.where(whole == 0, _size(scale).astype(whole.dtype), whole)
    least = 0.1 * whole + jnp.finfo(pairs[0][1].dtype).tiny
    errors = [
        jnp.sqrt(jnp.sum(jnp.square(a - b))) / jnp.maximum(size, least)
        for (a, b), size in zip(pairs, sizes, strict=True)
    ]
    # A plain maximum may drop what is not a number.
    worst = jnp.stack(errors)
    return jnp.where(jnp.isfinite(worst).all(), worst.max(), jnp.inf)


def _size(state: State) -> Array:
    leaves = jax.tree.leaves(state)
    return jnp.sqrt(sum((jnp.sum(jnp.square(leaf)) for leaf in leaves), jnp.zeros(())))
