"""Value and gradient over a batch: a share on every device and process, a few samples at a time.

The share of each device is one compiled program on that device, and gradients meet by plain
addition: collectives over host devices can deadlock. Processes exchange one vector a step.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import OptionError
from residuum.objectives import PerSample
from residuum.operators import MicroBatches, Operator, is_looped, samples_at_once


class _Mean(eqx.Module):
    """The mean of an objective over samples, as a function of the operator."""

    value: PerSample = eqx.field(static=True)

    def __call__(self, operator: Operator, inputs: Array, outputs: Array) -> Array:
        return self.value(operator(inputs), outputs, inputs).mean()


class Shares:
    """Mean of an objective over a batch, and its gradient.

    Args:
        value: the objective on the grid of the batch.
        fixed: the parts of the operator that are not trained.
        micro: most samples at a time on a device: gradients are added up, which needs less memory
            and is often faster; what suits the operator if left out.
    """

    def __init__(self, value: PerSample, fixed: Any, micro: int | None = None) -> None:
        self.mean, self.fixed, self.micro = _Mean(value), fixed, micro

    def __call__(self, moving: Any, inputs: np.ndarray, outputs: np.ndarray) -> tuple[float, Any]:
        """Return mean and gradient over the samples of all processes; each computes its share."""
        count = len(inputs)
        if jax.process_count() == 1:
            mean, slope = self._local(moving, inputs, outputs)
            return float(mean), slope
        mine = _cut(count, jax.process_count())[jax.process_index()]
        share = len(inputs[mine]) / count
        mean, slope = self._local(moving, inputs[mine], outputs[mine])
        return _everywhere(*jax.tree.map(lambda leaf: leaf * share, (mean, slope)))

    def _local(self, moving: Any, inputs: np.ndarray, outputs: np.ndarray) -> tuple[Array, Any]:
        count = len(inputs)
        if not count:  # more processes than samples
            return jnp.zeros(()), jax.tree.map(jnp.zeros_like, moving)
        operator = eqx.combine(moving, self.fixed)
        looped, nodes = is_looped(operator), math.prod(inputs.shape[1:-1])
        micro = self.micro or samples_at_once(nodes, looped=looped)
        # One device takes small pieces with both cores faster than two take half of them each.
        devices = jax.local_devices()[:1] if looped else jax.local_devices()
        gradient = MicroBatches(self.mean, micro=micro, devices=devices, looped=looped)
        return gradient(operator, inputs, outputs)


def _cut(count: int, parts: int) -> list[slice]:
    """Cut a range into parts of as equal length as possible."""
    edges = np.linspace(0, count, parts + 1).round().astype(int)
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _everywhere(total: Array, slope: Any) -> tuple[float, Any]:
    """Add up over processes; every one of them gets the same bits."""
    vector, unravel = ravel_pytree((total, slope))
    total, slope = unravel(jnp.asarray(gathered(vector).sum(axis=0)))
    return float(total), slope


def gathered(values: Any) -> np.ndarray:
    """Return an array of every process, (processes, *shape), the same everywhere."""
    if jax.process_count() == 1:
        return np.asarray(values)[None]
    from jax.experimental import multihost_utils  # only where there are several

    return np.asarray(multihost_utils.process_allgather(np.asarray(values)))


def join(
    coordinator: str | None = None, count: int | None = None, number: int | None = None
) -> None:
    """Make this process one of several that train together; call it before anything is computed.

    Every process runs the same program; each takes its share of every batch, and all end with the
    same weights. Without arguments the launcher of a cluster is asked (SLURM, Open MPI, …).

    Args:
        coordinator: host:port of the first process.
        count: number of processes.
        number: number of this one, from 0.

    Raises:
        OptionError: the processes cannot find each other, or JAX has already computed something.
    """
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(coordinator, count, number)
    except (RuntimeError, ValueError) as error:
        raise OptionError(
            "processes that find each other", str(error), "Give coordinator, count and number."
        ) from error
