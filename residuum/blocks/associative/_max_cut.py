"""Largest cuts without annealing: greedy, spectral and semidefinite rounding; graphs to cut."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigsh

from residuum._core import Key, OptionError, generator


def random_graph(nodes: int, density: float, key: Key) -> sparse.csr_matrix:
    """Return unit weights on pairs drawn with a probability: shape (nodes, nodes).

    Raises:
        OptionError: fewer than two nodes, or a density outside (0, 1].
    """
    if nodes < 2 or not 0 < density <= 1:
        raise OptionError("two nodes or more, a density in (0, 1]", f"{nodes}, {density}", "800.")
    upper = np.triu(generator(key, 0).random((nodes, nodes)) < density, 1)
    return sparse.csr_matrix((upper + upper.T).astype(float))


def torus_graph(rows: int, columns: int, key: Key) -> sparse.csr_matrix:
    """Return weights ±1 on the edges of a periodic grid, three or more nodes along each axis.

    Raises:
        OptionError: an axis is shorter.
    """
    if min(rows, columns) < 3:
        raise OptionError("three nodes or more along each axis", f"{rows}, {columns}", "20, 40.")
    places = np.arange(rows * columns).reshape(rows, columns)
    first = np.tile(places.ravel(), 2)
    second = np.concatenate([np.roll(places, -1, axis).ravel() for axis in (0, 1)])
    signs = generator(key, 0).choice([-1.0, 1.0], len(first))
    half = sparse.coo_matrix((signs, (first, second)), (places.size,) * 2)
    return sparse.csr_matrix(half + half.T)


def cut_of(matrix: sparse.csr_matrix, state: np.ndarray) -> float:
    """Return the weight of the edges between the two sides of one state, shape (nodes,)."""
    return float((matrix.sum() - state @ (matrix @ state)) / 4)


def greedy_cut(matrix: sparse.csr_matrix, key: Key) -> np.ndarray:
    """Place nodes in random order on the side that cuts more, then flip while the cut grows.

    Returns signs of shape (nodes,).
    """
    random = generator(key, 1)
    state = np.zeros(matrix.shape[0])
    for node in random.permutation(len(state)):
        pull = matrix[[node]] @ state
        state[node] = -np.sign(pull[0]) or random.choice([-1.0, 1.0])
    return _flipped(matrix, state)


def spectral_cut(matrix: sparse.csr_matrix) -> np.ndarray:
    """Return signs from the eigenvector of the lowest eigenvalue of w, at the best threshold.

    Source: L. Trevisan, SIAM J. Comput. 41 (2012), without the recursion.
    """
    vector = eigsh(matrix, 1, which="SA", v0=np.ones(matrix.shape[0]))[1][:, 0]
    order = np.argsort(vector)
    state = np.ones(len(vector))
    value = best = cut_of(matrix, state)
    kept = state.copy()
    for node in order:
        value += float((matrix[[node]] @ state)[0]) * state[node]
        state[node] = -1.0
        if value > best:
            best, kept = value, state.copy()
    return kept


def semidefinite_cut(
    matrix: sparse.csr_matrix, key: Key, *, rounds: int = 100, sweeps: int = 200
) -> np.ndarray:
    """Return the best signs of random hyperplanes through the semidefinite relaxation.

    The relaxation min Σ w_ij v_i · v_j over unit vectors is solved with √(2 n) + 1 numbers each,
    one vector at a time: v_i ← -Σ_j w_ij v_j, made unit.

    Source: M. X. Goemans, D. P. Williamson, J. ACM 42 (1995); S. Burer, R. D. C. Monteiro, Math.
    Program. 95 (2003).
    """
    random = generator(key, 2)
    count = matrix.shape[0]
    rank = int(np.ceil(np.sqrt(2 * count))) + 1
    vectors = random.normal(size=(count, rank))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts, ends, weights = matrix.indices, matrix.indptr, matrix.data
    for _ in range(sweeps):
        moved = 0.0
        for i in range(count):
            near = slice(ends[i], ends[i + 1])
            pull = -(weights[near] @ vectors[starts[near]])
            size = np.linalg.norm(pull)
            if size > 0:
                moved = max(moved, float(np.abs(pull / size - vectors[i]).max()))
                vectors[i] = pull / size
        if moved < 1e-3:
            break
    states = np.where(vectors @ random.normal(size=(rank, rounds)) >= 0, 1.0, -1.0).T
    return np.asarray(max(states, key=lambda state: cut_of(matrix, state)))


def _flipped(matrix: sparse.csr_matrix, state: np.ndarray) -> np.ndarray:
    """Flip single nodes while the cut grows."""
    field = matrix @ state
    while True:
        gain = state * field
        node = int(np.argmax(gain))
        if gain[node] <= 1e-12:
            return state
        state[node] = -state[node]
        near = slice(matrix.indptr[node], matrix.indptr[node + 1])
        field[matrix.indices[near]] += 2 * state[node] * matrix.data[near]
