"""Stages in groups of a few that learn, and states as seen by a linear map of features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Jet, OptionError
from residuum.blocks import Stage


def groups(stages: Sequence[Stage], size: int | None) -> list[tuple[int, int]]:
    """Return ranges of stages, each with so many that have parameters; all in one if ``None``.

    Stages without parameters belong to the group before them; those in front to the first one.
    """
    learning = [i for i, stage in enumerate(stages) if _has_parameters(stage)]
    if size is None or not learning:
        return [(0, len(stages))]
    starts = [0, *learning[size::size]]
    return list(zip(starts, [*starts[1:], len(stages)], strict=True))


def _has_parameters(stage: Stage) -> bool:
    return bool(jax.tree.leaves(eqx.filter(stage, eqx.is_inexact_array)))


class Head(eqx.Module):
    """A linear map of features from a state to what stands at the end of the model.

    Args:
        weight: (features, numbers at the end), moments counted as features.
        bias: (numbers at the end,).
    """

    weight: Array
    bias: Array

    def __call__(self, state: Any, end: Any) -> Any:
        """Return an answer in the shape of the end, of which only shapes are looked at."""
        if isinstance(end, tuple) and all(isinstance(item, Jet) for item in end):
            return tuple(jet.linear(lambda part: part @ self.weight) + self.bias for jet in state)
        x = features_of(state)
        moments = end.ndim - x.ndim
        y = x @ self.weight + self.bias
        if moments:
            y = jnp.moveaxis(y.reshape(*y.shape[:-1], end.shape[1], end.shape[-1]), -2, 1)
        return y if y.shape == end.shape else jax.image.resize(y, end.shape, "linear")


def features_of(state: Any) -> Any:
    """Return the features of a state, an array or a jet: itself, or the first of a tuple."""
    return state[0] if isinstance(state, tuple) else state


def head(state: Any, end: Any, key: Array) -> Head:
    """Return a random head of features of variance one over their number.

    Raises:
        OptionError: the state has no features at nodes of a grid like that of the end.
    """
    inner, outer = features_of(state), features_of(end)
    if isinstance(inner, Jet) and isinstance(outer, Jet):
        inner, outer = inner.value, outer.value
        count = outer.shape[-1]
    else:
        extra = outer.ndim - inner.ndim
        if extra not in (0, 1):
            got = f"states of shape {inner.shape} before {outer.shape}"
            remedy = "Take larger groups, or all stages in one."
            raise OptionError("states with features where the answer has them", got, remedy)
        count = outer.shape[-1] * (outer.shape[1] if extra else 1)
    width = inner.shape[-1]
    weight = jax.random.normal(key, (width, count), inner.dtype) / math.sqrt(width)
    return Head(weight, jnp.zeros(count, inner.dtype))
