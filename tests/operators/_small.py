"""Small data and a small training for the tests of operators on grids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum.operators import Operator


def waves(samples: int, side: int, seed: int, cutoff: int = 3) -> np.ndarray:
    """Random periodic fields of low waves on (side, side), the same functions on every grid."""
    random = np.random.default_rng(seed)
    modes = np.arange(-cutoff, cutoff + 1)
    factors = random.normal(size=(2, samples, len(modes), len(modes)))
    angle = 2 * np.pi * np.outer(modes, np.arange(side) / side)
    rows = np.exp(1j * angle)
    field = np.einsum("nab,ax,by->nxy", factors[0] + 1j * factors[1], rows, rows).real
    return (field / field.std())[..., None].astype(np.float32)


def moved(fields: np.ndarray, shift: tuple[float, float], spread: float) -> np.ndarray:
    """Advection by a share of the box and diffusion of periodic fields, exactly."""
    side = fields.shape[1]
    k = np.fft.fftfreq(side, 1 / side)
    kx, ky = k[:, None, None], k[None, :, None]
    factor = np.exp(-2j * np.pi * (kx * shift[0] + ky * shift[1]) - spread * (kx**2 + ky**2))
    found: np.ndarray = np.fft.ifft2(np.fft.fft2(fields, axes=(1, 2)) * factor, axes=(1, 2)).real
    return found.astype(np.float32)


def relative(found: Any, true: Any) -> float:
    """Mean over samples of the relative L2 error."""
    axes = tuple(range(1, true.ndim))
    return float(np.mean(np.sqrt((np.asarray(found - true) ** 2).sum(axes) / (true**2).sum(axes))))


def train(
    operator: Any,
    inputs: np.ndarray,
    outputs: np.ndarray,
    *,
    steps: int,
    rate: float = 5e-3,
    batch: int = 8,
    loss: Callable[[Operator, Array, Array], Array] | None = None,
) -> Any:
    """Train by Adam with a cosine; the relative L2 error of a batch if no loss is given."""

    def plain(operator: Operator, x: Array, y: Array) -> Array:
        axes = tuple(range(1, y.ndim))
        return jnp.sqrt(((operator(x) - y) ** 2).sum(axes) / (y**2).sum(axes)).mean()

    rule = loss or plain
    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(rate, steps, 0.01))
    )
    trained, fixed = eqx.partition(operator, lambda leaf: isinstance(leaf, jax.Array))

    @jax.jit
    def step(trained: Any, state: Any, x: Any, y: Any) -> Any:
        slope = jax.grad(lambda part: rule(eqx.combine(part, fixed), x, y))(trained)
        change, state = optimiser.update(slope, state, trained)
        return optax.apply_updates(trained, change), state

    state, random = optimiser.init(trained), np.random.default_rng(27)
    for _ in range(steps):
        some = random.integers(0, len(inputs), batch)
        trained, state = step(trained, state, inputs[some], outputs[some])
    return eqx.combine(trained, fixed)


def weights(operator: Any) -> int:
    """Number of trained weights."""
    return sum(leaf.size for leaf in jax.tree.leaves(operator) if isinstance(leaf, jax.Array))
