"""A network made wider without changing what it says: training goes on with more weights."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Field, Key, OptionError, jax_key
from residuum.blocks import Block, Chain, Dense, Tanh, dense
from residuum.fields._constrained import Constrained
from residuum.fields._feature_field import FeatureField


def widened(field: Field, width: int, key: Key) -> Field | None:
    """Return a plain network with more neurons per layer that is the same function.

    New neurons read everything before them by random weights, as at a start, and nothing old reads
    them: what comes out is unchanged to rounding, and its slope by the new weights is not zero.

    Args:
        field: a network of dense layers and tanh, with or without hard conditions around it.
        width: neurons per hidden layer afterwards.
        key: of the new weights.

    Returns:
        The wider network; ``None`` for any other field, which cannot be widened.

    Raises:
        OptionError: the layers are not narrower than ``width``.

    Source: T. Chen, I. Goodfellow, J. Shlens, ICLR 2016, arXiv:1511.05641 (widening that keeps the
    function; there neurons are copied).
    """
    if isinstance(field, Constrained):
        inner: Any = widened(field.field, width, key)
        return None if inner is None else eqx.tree_at(lambda c: c.field, field, inner)
    if not isinstance(field, FeatureField) or not isinstance(field.trunk, Chain):
        return None
    found = _chain(field.trunk, width, jax_key(key, 5))
    if found is None:
        return None
    trunk, old = found
    weights = jnp.asarray(field.weights)
    zeros = jnp.zeros((width - old, weights.shape[1]), weights.dtype)
    return FeatureField(trunk, jnp.vstack([weights[:-1], zeros, weights[-1:]]))


def _chain(chain: Chain, width: int, key: Array) -> tuple[Chain, int] | None:
    """Return the widened chain and its old width, where its dense layers can be widened."""
    blocks: list[Block] = []
    last = 0
    for block in chain.blocks:
        key, part = jax.random.split(key)
        if isinstance(block, Chain) and block is chain.blocks[-1]:
            inner = _chain(block, width, part)
            if inner is None:
                return None
            blocks.append(inner[0])
            last = inner[1]
        elif isinstance(block, Dense):
            if not isinstance(block.weight, Array):  # a constant: nothing in it is trained
                return None
            blocks.append(_wider(block, last, width, part))
            last = block.signature.outputs
        elif isinstance(block, Tanh):
            blocks.append(Tanh(width))
        elif last:
            return None
        else:
            blocks.append(block)
    return (Chain(tuple(blocks)), last) if last else None


def _wider(layer: Dense, before: int, width: int, key: Array) -> Dense:
    """Return a layer of ``width`` neurons; ``before`` is the old width of the layer before it."""
    old = layer.signature.outputs
    if old >= width:
        raise OptionError(f"layers narrower than {width}", str(old), "Ask for a larger width.")
    inputs = width if before else layer.signature.inputs
    fresh = dense(inputs, width, key, spread=0.0 if before else 1.0)
    weight = jnp.asarray(fresh.weight).at[layer.signature.inputs :, :old].set(0.0)
    weight = weight.at[: layer.signature.inputs, :old].set(layer.weight)
    return Dense(weight, jnp.asarray(fresh.bias).at[:old].set(layer.bias))
