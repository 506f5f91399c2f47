"""Where a node stands, as extra channels of an operator."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.blocks import Edge


def coordinate_channels(grid: tuple[int, ...], edges: tuple[Edge, ...]) -> np.ndarray:
    """Return (*grid, channels): cosine and sine along periodic axes, -1 to 1 along others."""
    rows = []
    for axis, (nodes, edge) in enumerate(zip(grid, edges, strict=True)):
        shape = [1] * len(grid)
        shape[axis] = nodes
        angle = 2 * np.pi * np.arange(nodes) / nodes
        line = [np.linspace(-1, 1, nodes)] if edge != "wrap" else [np.cos(angle), np.sin(angle)]
        rows += [np.broadcast_to(values.reshape(shape), grid) for values in line]
    return np.stack(rows, axis=-1).astype(np.float32)


def coordinate_count(edges: tuple[Edge, ...]) -> int:
    """Return how many channels ``coordinate_channels`` gives."""
    return sum(2 if edge == "wrap" else 1 for edge in edges)


def with_coordinates(x: Array, edges: tuple[Edge, ...]) -> Array:
    """Lay the coordinates of the nodes beside the channels of (n, *grid, c)."""
    places = jnp.asarray(coordinate_channels(x.shape[1:-1], edges), x.dtype)
    beside = jnp.broadcast_to(places, (*x.shape[:-1], places.shape[-1]))
    return jnp.concatenate([x, beside], axis=-1)


def moments_first(values: Array, times: int) -> Array:
    """Return (n, times, *grid, c) of (n, *grid, times · c); unchanged where times is 0."""
    if not times:
        return values
    split = values.reshape(*values.shape[:-1], times, values.shape[-1] // times)
    return jnp.moveaxis(split, -2, 1)
