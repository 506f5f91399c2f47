"""Readouts fitted to the features of any block: ridge regression, and heads aligned in pairs."""

from __future__ import annotations

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import DataError, Key, generator, jax_key
from residuum.blocks._dense import Dense

PENALTIES = tuple(10.0**power for power in range(-6, 3))
"""Tried, relative to the mean eigenvalue of the features' covariance."""


def ridge_readout(
    features: np.ndarray, targets: np.ndarray, *, penalty: float | None = None
) -> Dense:
    """Return the dense block from features to targets by ridge regression, constants alone.

    Features are standardised inside; features that never change are given no weight.

    Args:
        features: (n, inputs).
        targets: (n, outputs); classes as rows of zeros with a one (``one_hot``).
        penalty: relative to the mean eigenvalue of the covariance; where none is given, the one
            whose error on left-out samples is least.

    Source: A. E. Hoerl, R. W. Kennard, Technometrics 12 (1970).
    """
    features, targets = np.asarray(features, float), np.asarray(targets, float)
    if features.ndim != 2 or targets.ndim != 2 or len(features) != len(targets):
        raise DataError(
            "features (n, inputs) and targets (n, outputs)",
            f"{features.shape} and {targets.shape}",
            "One row per sample.",
        )
    if not (np.isfinite(features).all() and np.isfinite(targets).all()):
        raise DataError("finite features and targets", "a number that is not", "Guard the block.")
    centre, size = features.mean(0), features.std(0)
    scale = np.where(size > 1e-6 * max(size.max(initial=0), 1e-30), 1 / np.maximum(size, 1e-30), 0)
    mean = targets.mean(0)
    left, values, right = np.linalg.svd((features - centre) * scale, full_matrices=False)
    rows = left.T @ (targets - mean)
    level = float((values**2).sum()) / max(features.shape[1], 1)

    def missed(relative: float) -> float:
        keep = values**2 / (values**2 + relative * level + 1e-300)
        hat = (left**2) @ keep + 1 / len(features)
        rest = targets - mean - left @ (keep[:, None] * rows)
        return float(((rest / np.maximum(1 - hat, 1e-9)[:, None]) ** 2).sum())

    relative = min(PENALTIES, key=missed) if penalty is None else penalty
    weight = right.T @ ((values / (values**2 + relative * level + 1e-300))[:, None] * rows)
    weight = scale[:, None] * weight
    return Dense(weight.astype(np.float32), (mean - centre @ weight).astype(np.float32))


def one_hot(labels: np.ndarray, count: int) -> np.ndarray:
    """Return rows of zeros with a one at each label, (n, count)."""
    return np.eye(count)[np.asarray(labels)]


@final
class AlignedHeads(eqx.Module):
    """Linear heads of two kinds of features into one space, where partners point the same way.

    Trained by the symmetric cross-entropy of cosines over a temperature; a kind of thing never
    seen in training is then named by the nearest description (zero-shot).

    Args:
        first: A, (features of the first kind, width).
        second: B, (features of the second kind, width).
        temperature: τ.
    """

    first: Array
    second: Array
    temperature: float = eqx.field(static=True)

    def cosines(self, one: Array, other: Array) -> Array:
        """Return cosines between all pairs, (n, m)."""

        def unit(values: Array) -> Array:
            size = jnp.sqrt((values**2).sum(1, keepdims=True) + 1e-12)
            return values / size

        return unit(one @ self.first) @ unit(other @ self.second).T

    def loss(self, one: Array, other: Array) -> Array:
        """Return the symmetric cross-entropy of a batch of partners, row by row."""
        logits = self.cosines(one, other) / self.temperature
        picks = jnp.arange(len(one))
        across = optax.softmax_cross_entropy_with_integer_labels(logits, picks)
        down = optax.softmax_cross_entropy_with_integer_labels(logits.T, picks)
        return 0.5 * (across + down).mean()


@eqx.filter_jit
def _aligned(
    heads: AlignedHeads, one: Array, other: Array, *, picks: Array, rate: float
) -> AlignedHeads:
    optimiser = optax.adam(rate)

    def step(carry: tuple[AlignedHeads, Any], pick: Array) -> tuple[Any, Array]:
        heads, state = carry
        value, slope = eqx.filter_value_and_grad(lambda item: item.loss(one[pick], other[pick]))(
            heads
        )
        move, state = optimiser.update(slope, state)
        return (eqx.apply_updates(heads, move), state), value

    start = (heads, optimiser.init(eqx.filter(heads, eqx.is_inexact_array)))
    (heads, _), _ = jax.lax.scan(step, start, picks)
    return heads


def aligned_heads(
    one: np.ndarray,
    other: np.ndarray,
    labels: np.ndarray,
    *,
    key: Key,
    width: int = 16,
    steps: int = 300,
    temperature: float = 0.1,
) -> AlignedHeads:
    """Return heads trained on partners; each batch holds one pair of every kind.

    Args:
        one, other: features of partners, (n, p) and (n, q), standardised.
        labels: kind of each pair, (n,): two pairs of a kind never meet in a batch, where they would
            count as strangers.
        key: draws the start and the batches.
        width: of the common space.
        steps: of Adam at rate 0.01.
        temperature: τ; 0.1 is a good start.
    """
    if not len(one) == len(other) == len(labels):
        raise DataError("as many partners as labels", f"{len(one)}, {len(other)}", "Match them.")
    random = generator(key)
    groups = [np.flatnonzero(labels == kind) for kind in np.unique(labels)]
    picks = np.stack([[random.choice(group) for group in groups] for _ in range(steps)])
    starts = [
        jax.random.normal(jax_key(key, i), (part.shape[1], width)) / np.sqrt(part.shape[1])
        for i, part in enumerate((one, other))
    ]
    heads = AlignedHeads(starts[0], starts[1], temperature)
    arrays = jnp.asarray(one, jnp.float32), jnp.asarray(other, jnp.float32)
    return _aligned(heads, *arrays, picks=jnp.asarray(picks), rate=0.01)
