"""Loss and gradient of any operator in small batches, on every device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import is_trained
from residuum.operators._abstract import Operator

Loss = Callable[..., Array]
"""A function of (operator, *arrays) that gives the mean over the samples along the first axis."""


class MicroBatches:
    """Value and gradient of a loss, a few samples at a time, a share of the batch per device.

    On processors the features of a whole batch fall out of the cache; one to four samples at a time
    give the same mean and gradient faster and with less memory. Every device takes a share of the
    batch, and the gradients meet by plain addition on the first one: collectives over host devices
    can wait for each other for ever.

    Args:
        loss: mean over the samples of a batch. Give a named function once, not a new one a step:
            every new one is compiled.
        micro: samples at a time; ``None`` takes a share as one piece. Good start: 1 for Fourier
            operators.
        devices: where to compute; every device JAX has if left out (see ``use_cores``).
        looped: whether the pieces run in a compiled loop. Convolutions must not: their gradients
            are twenty times slower in one. Without a loop the program grows with the pieces.

    Raises:
        OptionError: micro below one.
    """

    def __init__(
        self,
        loss: Loss,
        *,
        micro: int | None = 1,
        devices: Sequence[jax.Device] | None = None,
        looped: bool = True,
    ) -> None:
        if micro is not None and micro < 1:
            raise OptionError("one sample at a time or more", str(micro), "1 is a good start.")
        self.loss, self.micro, self.looped = loss, micro, looped
        self.devices = list(devices or jax.devices())

    def __call__(self, operator: Operator, *batch: Any) -> tuple[Array, Operator]:
        """Return the loss and its gradient, a tree like the operator, on the first device.

        Args:
            operator: whose JAX arrays are differentiated; NumPy arrays are constants.
            batch: arrays, or trees of arrays, with the samples along the first axis.

        Raises:
            OptionError: the arrays hold different numbers of samples, or none.
        """
        total, batch = _samples(batch), jax.tree.map(jnp.asarray, batch)
        # Before anything is compiled or moved: afterwards constants look like trained arrays.
        parts = eqx.partition(operator, is_trained)
        if self.devices == jax.local_devices()[:1]:
            # All is there: moving and adding leaf by leaf would take milliseconds.
            return _gradient(self.loss, self.micro, self.looped, parts, batch, 1 / total)
        home, found = self.devices[0], []
        for device, (start, stop) in zip(
            self.devices, _shares(total, len(self.devices)), strict=True
        ):
            if stop > start:
                share = jax.tree.map(lambda leaf, a=start, b=stop: leaf[a:b], batch)
                local, share = moved((parts, share), device)
                found.append(_gradient(self.loss, self.micro, self.looped, local, share, 1 / total))
        summed = [jax.tree.map(lambda leaf: jax.device_put(leaf, home), item) for item in found]
        value, slope = jax.tree.map(lambda *leaves: sum(leaves[1:], leaves[0]), *summed)
        return value, slope


def value_and_gradient(
    loss: Loss, operator: Operator, *batch: Any, micro: int | None = 1
) -> tuple[Array, Operator]:
    """Return the loss of a batch and its gradient; see ``MicroBatches``."""
    return MicroBatches(loss, micro=micro)(operator, *batch)


def answers(operator: Operator, inputs: Array | np.ndarray, *, micro: int = 1) -> Array:
    """Return the answers to many inputs, a few at a time, a share of them on every device.

    Args:
        operator: applied.
        inputs: (n, *grid, inputs).
        micro: samples at a time.

    Raises:
        OptionError: micro below one, or no samples.
    """
    if micro < 1:
        raise OptionError("one sample at a time or more", str(micro), "1 is a good start.")
    total, devices, found = _samples((inputs,)), jax.devices(), []
    for device, (start, stop) in zip(devices, _shares(total, len(devices)), strict=True):
        if stop > start:
            local, share = moved((operator, jnp.asarray(inputs[start:stop])), device)
            found.append(_answers(local, share, micro))
    return jnp.concatenate([jax.device_put(item, devices[0]) for item in found])


def moved(tree: Any, device: jax.Device) -> Any:
    """Return a tree whose JAX arrays are on a device; NumPy arrays stay what they are."""
    arrays, rest = eqx.partition(tree, lambda leaf: isinstance(leaf, jax.Array))
    return eqx.combine(jax.device_put(arrays, device), rest)


CACHED = 16_384
"""Nodes whose features fit the cache of a core at the usual widths: four samples of 64² nodes at a
time were the fastest."""


def samples_at_once(nodes: int, *, looped: bool) -> int | None:
    """Return how many samples to take at a time on a grid of so many nodes; ``None`` for all."""
    return max(1, CACHED // nodes) if looped else None


def _samples(batch: Any) -> int:
    counts = {len(leaf) for leaf in jax.tree.leaves(batch)}
    if len(counts) != 1 or 0 in counts:
        got = f"{sorted(counts)}"
        raise OptionError("arrays of as many samples, one or more", got, "Check the first axes.")
    return counts.pop()


def _shares(total: int, parts: int) -> list[tuple[int, int]]:
    """Return ranges that differ by at most one sample."""
    edges = [total * i // parts for i in range(parts + 1)]
    return list(pairwise(edges))


@eqx.filter_jit
def _gradient(
    loss: Loss, micro: int | None, looped: bool, parts: Any, batch: Any, weight: Any
) -> tuple[Array, Operator]:
    """Return weighted sums over the samples of loss and gradient by the first of the parts."""
    trained, rest = parts
    n = len(jax.tree.leaves(batch)[0])
    size = min(n, micro or n)
    full = n // size

    def one(piece: Any) -> tuple[Array, Operator]:
        count = len(jax.tree.leaves(piece)[0])
        found = jax.value_and_grad(lambda leaves: loss(eqx.combine(leaves, rest), *piece))(trained)
        return jax.tree.map(lambda leaf: leaf * (count * weight), found)

    left = jax.tree.map(lambda leaf: leaf[full * size :], batch)
    if looped and full > 1:
        pieces = jax.tree.map(
            lambda leaf: leaf[: full * size].reshape(full, size, *leaf.shape[1:]), batch
        )
        shapes = jax.eval_shape(one, jax.tree.map(lambda leaf: leaf[0], pieces))
        zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        total, _ = jax.lax.scan(lambda sums, piece: (_plus(sums, one(piece)), None), zeros, pieces)
    else:
        cuts = [
            jax.tree.map(lambda leaf, k=k: leaf[k * size : (k + 1) * size], batch)
            for k in range(full)
        ]
        total = one(cuts[0])
        for part in cuts[1:]:
            total = _plus(total, one(part))
    return _plus(total, one(left)) if n > full * size else total


def _plus(first: Any, second: Any) -> Any:
    return jax.tree.map(jnp.add, first, second)


@eqx.filter_jit
def _answers(operator: Operator, inputs: Array, micro: int) -> Array:
    full = len(inputs) // micro
    head = inputs[: full * micro]
    parts = []
    if full:
        pieces = head.reshape(full, micro, *inputs.shape[1:])
        made = jax.lax.map(operator, pieces)
        parts.append(made.reshape(full * micro, *made.shape[2:]))
    if len(inputs) > full * micro:
        parts.append(operator(inputs[full * micro :]))
    return jnp.concatenate(parts)
