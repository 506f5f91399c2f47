"""Messages on a mesh: to neighbours only, and the same on a mesh twice as fine."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum.operators._mesh_messages import mesh_graph, message_round, whole_round
from tests.operators.plate import square

KEY = jax.random.key(11)


def test_a_node_hears_its_neighbours_and_nobody_else() -> None:
    frame = square()
    graph = mesh_graph(frame)
    one = message_round(4, graph.features.shape[1], KEY)
    h = jnp.ones((frame.size, 1, 4))
    node = int(np.argmin(np.hypot(*(frame.places - 0.5).T)))
    moved = np.asarray(one(h.at[node].add(1.0), graph) - one(h, graph))
    heard = np.abs(moved).max(axis=(1, 2)) > 0
    near = np.asarray((frame.mass[node] != 0).toarray()).ravel()
    np.testing.assert_array_equal(heard, near)


def test_edge_features_do_not_know_the_size_of_cells() -> None:
    small, large = mesh_graph(square(pieces=1 / 12)), mesh_graph(square())

    def kinds(features: np.ndarray) -> set[tuple[float, ...]]:
        return {tuple(row) for row in np.round(features, 6) + 0.0}

    # Inside a regular mesh every edge is one of few kinds, whatever the size.
    assert len(kinds(small.features) & kinds(large.features)) >= 6


def test_every_node_hears_every_other_in_a_whole_round() -> None:
    one = whole_round(4, 9, 2, KEY)
    h = jnp.ones((9, 1, 4))
    moved = np.asarray(one(h.at[0].add(1.0)) - one(h))
    assert (np.abs(moved).max(axis=(1, 2)) > 0).all()
