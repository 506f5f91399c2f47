"""Cuts without annealing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from residuum._core import OptionError
from residuum.blocks.associative import (
    cut_of,
    greedy_cut,
    random_graph,
    semidefinite_cut,
    spectral_cut,
    torus_graph,
)


def two_sided(nodes: int) -> sparse.csr_matrix:
    """A graph whose best cut takes every edge."""
    sides = np.random.default_rng(5).choice([-1, 1], nodes)
    upper = np.triu(np.random.default_rng(6).random((nodes, nodes)) < 0.2, 1)
    upper &= sides[:, None] != sides
    return sparse.csr_matrix((upper + upper.T).astype(float))


def test_two_sided_graphs_are_cut_whole() -> None:
    graph = two_sided(60)
    every = graph.sum() / 2
    assert cut_of(graph, spectral_cut(graph)) == every
    assert cut_of(graph, semidefinite_cut(graph, 7)) == every


def test_rounding_keeps_its_promise() -> None:
    graph = random_graph(80, 0.15, 7)
    greedy, relaxed = cut_of(graph, greedy_cut(graph, 8)), cut_of(graph, semidefinite_cut(graph, 8))
    # Greedy cuts half of all edges at least; the relaxation 0.878 of the best, which is more.
    assert greedy >= graph.sum() / 4
    assert relaxed >= 0.878 * greedy


def test_graphs_are_as_described() -> None:
    graph = torus_graph(5, 6, 7)
    assert set(graph.data) == {-1.0, 1.0} and np.all(np.diff(graph.indptr) == 4)
    assert abs(graph - graph.T).max() == 0
    edges = random_graph(200, 0.06, 7).nnz / 2
    assert edges == pytest.approx(0.06 * 19900, abs=4 * np.sqrt(0.06 * 19900))
    with pytest.raises(OptionError, match="three nodes"):
        torus_graph(2, 5, 7)
    with pytest.raises(OptionError, match="density"):
        random_graph(5, 0.0, 7)
