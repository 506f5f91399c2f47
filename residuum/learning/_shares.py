"""Value and gradient over a batch: a share on every device and process, a few samples at a time.

The share of each device is one compiled program on that device, and gradients meet by plain
addition: collectives over host devices can deadlock. Processes exchange one vector a step.
"""

from __future__ import annotations

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


@eqx.filter_jit
def _piece(
    value: PerSample, fixed: Any, moving: Any, inputs: Array, outputs: Array
) -> tuple[Array, Any]:
    def total(weights: Any) -> Array:
        operator = eqx.combine(weights, fixed)
        return value(operator(inputs), outputs, inputs).sum()

    return jax.value_and_grad(total)(moving)


@eqx.filter_jit
def _added(left: Any, right: Any) -> Any:
    return jax.tree.map(jnp.add, left, right)


class Shares:
    """Mean of an objective over a batch, and its gradient.

    Args:
        value: the objective on the grid of the batch.
        fixed: the parts of the operator that are not trained.
        micro: most samples at a time on a device: gradients are added up, which needs less memory
            and is often faster; all at once if left out.
    """

    def __init__(self, value: PerSample, fixed: Any, micro: int | None = None) -> None:
        self.value, self.fixed, self.micro = value, fixed, micro
        self.devices = jax.local_devices()

    def __call__(self, moving: Any, inputs: np.ndarray, outputs: np.ndarray) -> tuple[float, Any]:
        """Return mean and gradient over the samples of all processes; each computes its share."""
        count = len(inputs)
        mine = _cut(count, jax.process_count())[jax.process_index()]
        total, slope = self._local(moving, inputs[mine], outputs[mine])
        if jax.process_count() > 1:
            total, slope = _everywhere(total, slope)
        return float(total) / count, jax.tree.map(lambda leaf: leaf / count, slope)

    def _local(self, moving: Any, inputs: np.ndarray, outputs: np.ndarray) -> tuple[Array, Any]:
        found: list[tuple[Array, Any]] = []
        for device, share in zip(self.devices, _cut(len(inputs), len(self.devices)), strict=True):
            rows = range(len(inputs))[share]
            if not rows:
                continue
            found.append(self._on(device, moving, inputs[share], outputs[share]))
        if not found:  # more processes than samples
            return jnp.zeros(()), jax.tree.map(jnp.zeros_like, moving)
        home = self.devices[0]
        total = jax.device_put(found[0], home)
        for other in found[1:]:
            total = _added(total, jax.device_put(other, home))
        return total

    def _on(
        self, device: Any, moving: Any, inputs: np.ndarray, outputs: np.ndarray
    ) -> tuple[Array, Any]:
        weights, fixed = jax.device_put(moving, device), self.fixed
        step = self.micro or len(inputs)
        total: Any = None
        for start in range(0, len(inputs), step):
            part = slice(start, start + step)
            given = jax.device_put((inputs[part], outputs[part]), device)
            one = _piece(self.value, fixed, weights, *given)
            total = one if total is None else _added(total, one)
        return total


def _cut(count: int, parts: int) -> list[slice]:
    """Cut a range into parts of as equal length as possible."""
    edges = np.linspace(0, count, parts + 1).round().astype(int)
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _everywhere(total: Array, slope: Any) -> tuple[Array, Any]:
    """Add up over processes; every one of them gets the same bits."""
    vector, unravel = ravel_pytree((total, slope))
    return unravel(jnp.asarray(gathered(vector).sum(axis=0)))


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
