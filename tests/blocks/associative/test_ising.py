"""Annealed Ising machines."""

from __future__ import annotations

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from residuum._core import OptionError
from residuum.blocks.associative import (
    Cooling,
    FowlerNordheim,
    Geometric,
    Ising,
    anneal,
    cut_of,
    random_graph,
    torus_graph,
)


def test_cut_and_energy_are_those_of_the_graph() -> None:
    graph = torus_graph(4, 5, 5)
    model = Ising(graph)
    state = np.random.default_rng(6).choice([-1.0, 1.0], (3, 20))
    dense = graph.toarray()
    energy = 0.5 * np.einsum("ni,ij,nj->n", state, dense, state)
    cut = [dense[np.ix_(s > 0, s < 0)].sum() for s in state]
    np.testing.assert_allclose(model.energy(jnp.asarray(state, jnp.float32)), energy)
    np.testing.assert_allclose(model.cut(jnp.asarray(state, jnp.float32)), cut)
    np.testing.assert_allclose([cut_of(graph, s) for s in state], cut)


@pytest.mark.parametrize("cooling", [FowlerNordheim(rate=5e-3), Geometric()])
def test_small_graphs_are_cut_best(cooling: Cooling) -> None:
    graph = random_graph(12, 0.5, 7)
    states = np.array(list(itertools.product([-1.0, 1.0], repeat=12)))
    best = max(cut_of(graph, state) for state in states)
    found = anneal(Ising(graph), cooling, flips=20_000, key=8, chains=2)
    assert [cut_of(graph, state) for state in found] == [best, best]


def test_the_schedule_of_tunnelling_solves_its_equation() -> None:
    # T = c / log(k + r n) obeys dT/dn = -(r/c) T² exp(-c/T): a tunnelling current discharges it.
    cooling = FowlerNordheim(1.7, 1.5, 1e-2)
    flips, c = 10_000, 1.7 * np.log(1.5)
    share = np.array([0.1, 0.5, 0.9])
    heat = np.asarray(cooling.temperature(jnp.asarray(share), flips))
    near = np.asarray(cooling.temperature(jnp.asarray(share + 1e-3), flips))
    slope = (near - heat) / (1e-3 * flips)
    np.testing.assert_allclose(slope, -(1e-2 / c) * heat**2 * np.exp(-c / heat), rtol=0.02)
    assert float(cooling.temperature(jnp.zeros(()), flips)) == pytest.approx(1.7)


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="symmetric"):
        Ising(sparse.csr_matrix(np.triu(np.ones((3, 3)), 1)))
    with pytest.raises(OptionError, match="diagonal"):
        Ising(sparse.eye(3))
    with pytest.raises(OptionError, match="offset above 1"):
        FowlerNordheim(offset=1.0)
    with pytest.raises(OptionError, match="temperatures above zero"):
        Geometric(end=0.0)
    with pytest.raises(OptionError, match="one flip"):
        anneal(Ising(random_graph(4, 0.9, 5)), Geometric(), flips=0, key=7)
