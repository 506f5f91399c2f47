"""Loss and gradient in cache-sized chunks, one stream of chunks per device, no collectives.

On a CPU the intermediate arrays of ten thousand points fall out of the cache: cut into chunks of
1,000 to 2,000 points whose gradients are added up, the same gradient takes about four fifths of
the time (benchmarks/derivative_engine.py) and less memory. Several host devices each take a share
of the points; their gradients meet by plain addition, since collectives over host devices can
deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.objectives._rows import Rows

CHUNK = 1000


def split(rows: Rows, parts: int) -> list[Rows]:
    """Cut rows into parts by points; integrals and rows too few to cut stay whole.

    The parts together hold each point once; the last one may be shorter.
    """
    n = rows.points.shape[0]
    if rows.groups or parts <= 1 or n < 2 * parts:
        return [rows]
    edges = np.linspace(0, n, parts + 1).astype(int)
    return [cut(rows, slice(a, b)) for a, b in pairwise(edges)]


def cut(rows: Rows, span: slice) -> Rows:
    """Return the rows of a range of points."""
    n = rows.points.shape[0]
    factor = jnp.broadcast_to(rows.factor, (len(rows.at), n))[:, span]
    normals = None if rows.normals is None else rows.normals[span]
    target = None if rows.target is None else rows.target[span]
    return Rows(rows.name, rows.at, rows.points[span], factor, normals, target)


def chunked_loss(residuals: Callable[[Rows], Array], rows: Rows, chunk: int = CHUNK) -> Array:
    """Return half the sum of squares of rows, evaluated chunk by chunk inside one program.

    Differentiating it adds up the gradients of the chunks: the same numbers, less memory. Rows
    beyond the last full chunk are evaluated in a piece of their own.
    """
    n = rows.points.shape[0]
    full = 0 if rows.groups else n // chunk
    if full < 2:
        return 0.5 * jnp.sum(residuals(rows) ** 2)
    head, tail = cut(rows, slice(0, full * chunk)), cut(rows, slice(full * chunk, n))

    def stack(leaf: Array, axis: int) -> Array:
        shape = (*leaf.shape[:axis], full, chunk, *leaf.shape[axis + 1 :])
        return jnp.moveaxis(leaf.reshape(shape), axis, 0)

    arrays = {
        "points": stack(head.points, 0),
        "factor": stack(head.factor, 1),
        "normals": None if head.normals is None else stack(head.normals, 0),
        "target": None if head.target is None else stack(head.target, 0),
    }

    @jax.checkpoint
    def one(total: Array, piece: dict[str, Any]) -> tuple[Array, None]:
        found = residuals(Rows(rows.name, rows.at, **piece))
        return total + 0.5 * jnp.sum(found**2), None

    total, _ = jax.lax.scan(one, jnp.zeros((), head.points.dtype), arrays)
    if n > full * chunk:
        total = total + 0.5 * jnp.sum(residuals(tail) ** 2)
    return total


@eqx.filter_jit
def _value_and_gradient(
    loss: Callable[[Array, Sequence[Rows]], Array], vector: Array, rows: Sequence[Rows]
) -> tuple[Array, Array]:
    return jax.value_and_grad(loss)(vector, rows)


class Streams:
    """Value and gradient of a loss of one vector, a share of the points on every device.

    Args:
        loss: function of (vector, rows) giving the loss of those rows; a module, so that equal ones
            share one compiled program.
        rows: all rows.
        devices: where to compute; every device JAX has if left out.
    """

    def __init__(
        self,
        loss: Callable[[Array, Sequence[Rows]], Array],
        rows: Sequence[Rows],
        devices: Sequence[jax.Device] | None = None,
    ) -> None:
        self.devices = list(devices or jax.devices())
        shares: list[list[Rows]] = [[] for _ in self.devices]
        for item in rows:
            for i, part in enumerate(split(item, len(self.devices))):
                shares[i].append(part)
        self.shares = [eqx.filter_shard(s, d) for s, d in zip(shares, self.devices, strict=True)]
        self.losses = [eqx.filter_shard(loss, device) for device in self.devices]

    def __call__(self, vector: Array) -> tuple[Array, Array]:
        """Return the loss and its gradient on the first device."""
        found = [
            _value_and_gradient(loss, jax.device_put(vector, device), share)
            for share, loss, device in zip(self.shares, self.losses, self.devices, strict=True)
            if share
        ]
        home = self.devices[0]
        values = [jax.device_put(value, home) for value, _ in found]
        slopes = [jax.device_put(slope, home) for _, slope in found]
        return sum(values[1:], values[0]), sum(slopes[1:], slopes[0])
