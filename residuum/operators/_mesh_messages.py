"""Messages between the nodes of a mesh, without a graph library."""

from __future__ import annotations

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.operators._element_frame import ElementFrame
from residuum.operators._sparse_map import segment_sum


@final
class MeshGraph(eqx.Module):
    """Who talks to whom: nodes that share a cell. Constants.

    Args:
        senders, receivers: numbers of nodes, (edges,), sorted by receiver.
        features: of the edges, (edges, d + 2): the way from receiver to sender over the mean length
            at the receiver, and the entries of stiffness and mass over the roots of the diagonals.
        shares: one over the number of neighbours of the receiver, (edges,).
        count: number of nodes.

    No feature changes when the mesh is made smaller, so that weights mean the same on other meshes.
    """

    senders: np.ndarray
    receivers: np.ndarray
    features: np.ndarray
    shares: np.ndarray
    count: int = eqx.field(static=True)


def mesh_graph(elements: ElementFrame) -> MeshGraph:
    """Return the graph of the nodes of a frame."""
    stiff, mass = elements.stiffness, elements.mass
    pattern = mass.tocoo()
    keep = pattern.row != pattern.col
    order = np.argsort(pattern.row[keep], kind="stable")
    receivers, senders = pattern.row[keep][order], pattern.col[keep][order]
    way = elements.places[senders] - elements.places[receivers]
    length = np.sqrt((way**2).sum(axis=1))
    degree = np.bincount(receivers, minlength=elements.size)
    mean = np.bincount(receivers, length, elements.size) / np.maximum(degree, 1)
    scaled = []
    for matrix in (stiff, mass):
        root = np.sqrt(matrix.diagonal())
        entries = np.asarray(matrix[receivers, senders]).ravel()
        scaled.append(entries / (root[receivers] * root[senders]))
    features = np.column_stack([way / mean[receivers][:, None], *scaled])
    numbers = (senders.astype(np.int32), receivers.astype(np.int32))
    return MeshGraph(*numbers, features, 1.0 / degree[receivers], elements.size)


@final
class MessageRound(eqx.Module):
    """One round: every node adds what its neighbours tell it.

        m_ij = gelu(A h_i + B h_j + C e_ij + b) + (G e_ij) ⊙ B h_j
        h_i ← h_i + V gelu(U h_i + W mean_j m_ij + d)

    Linear maps stand before the gather and after the sum, so that an edge costs no matrix product.

    Args:
        own, other, along, bias: A, B, C and b.
        gate: G.
        keep, take, shift, give: U, W, d and V.
    """

    own: Array
    other: Array
    along: Array
    bias: Array
    gate: Array
    keep: Array
    take: Array
    shift: Array
    give: Array

    def __call__(self, h: Array, graph: MeshGraph) -> Array:
        """Map (nodes, n, channels) to the same shape."""
        features = jnp.asarray(graph.features, h.dtype)
        told = (h @ self.other)[graph.senders]
        heard = (h @ self.own + self.bias)[graph.receivers]
        message = jax.nn.gelu(heard + told + (features @ self.along)[:, None])
        message = message + (features @ self.gate)[:, None] * told
        message = message * jnp.asarray(graph.shares, h.dtype)[:, None, None]
        mean = segment_sum(message, graph.receivers, graph.count)
        return h + jax.nn.gelu(h @ self.keep + mean @ self.take + self.shift) @ self.give


def message_round(channels: int, features: int, key: Array, *, gain: float = 0.3) -> MessageRound:
    """Return a round that starts near the identity: what it adds is ``gain`` of the usual size."""
    keys = iter(jax.random.split(key, 7))

    def made(rows: int, size: float = 1.0) -> Array:
        return size * jax.random.normal(next(keys), (rows, channels)) / jnp.sqrt(rows)

    own, other, along, gate = made(channels), made(channels), made(features), made(features)
    keep, take, give = made(channels), made(channels), made(channels, gain)
    none = jnp.zeros(channels)
    return MessageRound(own, other, along, none, gate, keep, take, none, give)


@final
class WholeRound(eqx.Module):
    """Every node hears every node of one mesh: h ← h + V (S_g h) per group of channels.

    The matrices S_g belong to the coarse mesh. That mesh stays the same when the fine one is
    refined, so the operator can still be moved to other fine meshes.

    Args:
        maps: S, (groups, nodes, nodes).
        give: V, (channels, channels).
    """

    maps: Array
    give: Array

    def __call__(self, h: Array) -> Array:
        """Map (nodes, n, channels) to the same shape."""
        groups = len(self.maps)
        split = h.reshape(*h.shape[:-1], groups, -1)
        mixed = jnp.einsum("gij,jngc->ingc", self.maps, split).reshape(h.shape)
        return h + mixed @ self.give


def whole_round(channels: int, nodes: int, groups: int, key: Array) -> WholeRound:
    """Return a round that starts near the identity."""
    first, second = jax.random.split(key)
    maps = jax.random.normal(first, (groups, nodes, nodes)) / np.sqrt(nodes)
    give = 0.3 * jax.random.normal(second, (channels, channels)) / np.sqrt(channels)
    return WholeRound(maps, give)
