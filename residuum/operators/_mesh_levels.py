"""What an operator on elements knows of its meshes: graphs, masses, the way between levels."""

from __future__ import annotations

from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp
from jax import Array

from residuum.operators._element_frame import ElementFrame
from residuum.operators._mesh_messages import MeshGraph, mesh_graph
from residuum.operators._sparse_map import SparseMap, sparse_map


@final
class MeshLevels(eqx.Module):
    """A mesh and perhaps a coarser one below it. Constants, nodes first.

    Args:
        graph: who talks to whom.
        nodes: features of the nodes, (nodes, d + 2): place in [-1, 1], held or not, on the rest of
            the boundary or not.
        held: nodes with given values, (nodes,).
        weights: integrals of the basis functions, (nodes,).
        squares: diagonal of the mass matrix over its sum, (nodes,).
        local: one Jacobi step for the Poisson equation from zero, D⁻¹ M with D the diagonal of K,
            over its largest row sum: of size one on every mesh.
        restricted: to the coarse mesh: means weighted by the transpose of interpolation; they keep
            constants.
        prolonged: from the coarse mesh by interpolation.
        below: the coarse mesh.
    """

    graph: MeshGraph
    nodes: np.ndarray
    held: np.ndarray
    weights: np.ndarray
    squares: np.ndarray
    local: SparseMap
    restricted: Any
    prolonged: Any
    below: MeshLevels | None

    def seen(self, x: Array) -> Array:
        """Return what the lift sees, (nodes, n, 2 · channels + features), of inputs on nodes."""
        own = jnp.asarray(self.nodes, x.dtype)[:, None]
        own = jnp.broadcast_to(own, (*x.shape[:2], own.shape[-1]))
        return jnp.concatenate([x, self.local(x), own], axis=-1)

    def rms(self, x: Array) -> Array:
        """Return the root mean square over nodes, by mass, and channels: (1, n, 1)."""
        squares = jnp.asarray(self.squares, x.dtype)[:, None, None] * x**2
        mean = squares.sum(axis=0, keepdims=True).mean(axis=-1, keepdims=True)
        return jnp.sqrt(jnp.maximum(mean, 1e-30))


def mesh_levels(elements: ElementFrame) -> MeshLevels:
    """Return the constants of a frame, the coarse mesh included."""
    coarse = elements.coarser
    diagonal = elements.mass.diagonal()
    low, high = elements.places.min(axis=0), elements.places.max(axis=0)
    place = (2 * elements.places - low - high) / (high - low)
    natural = elements.border & ~elements.fixed
    local = sp.diags(1 / elements.stiffness.diagonal()) @ elements.mass
    local = local / np.asarray(local.sum(axis=1)).max()
    down = up = below = None
    if coarse is not None:
        inner = coarse.at(elements.places)
        raised = inner.T @ sp.diags(diagonal)
        total = np.asarray(raised.sum(axis=1)).ravel()
        # A coarse node whose functions reach no fine node, as on a mesh hardly coarser, hears zero.
        down = sparse_map(sp.diags(1 / np.where(total > 0, total, 1.0)) @ raised)
        up, below = sparse_map(inner), mesh_levels(coarse)
    return MeshLevels(
        mesh_graph(elements),
        np.column_stack([place, elements.fixed, natural]).astype(float),
        elements.fixed,
        elements.weights,
        diagonal / diagonal.sum(),
        sparse_map(local),
        down,
        up,
        below,
    )
