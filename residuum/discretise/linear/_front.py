"""What a direct solve of a sparse system will cost, seen from its graph."""

from __future__ import annotations

from typing import Any

import numpy as np


def front(matrix: Any) -> float:
    """Return about how many unknowns separate one half of the mesh from the other.

    Breadth-first search from a far vertex sweeps the mesh in layers; their mean size goes as √n
    for meshes of a square and n^(2/3) for those of a cube. Elimination in a good order costs
    about the cube of it. (A. George, SIAM J. Numer. Anal. 10, 1973, for the order.)

    Args:
        matrix: (n, n) CSR. Rows filled ten times more than the mean (a constraint on all unknowns)
            are left out of the search.
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import breadth_first_order

    degrees = np.diff(matrix.indptr)
    if not len(degrees):
        return 0.0
    dense = degrees > 10 * max(1.0, degrees.mean())
    if dense.any():
        keep = np.flatnonzero(~dense)
        matrix = matrix[keep][:, keep]
        degrees = np.diff(matrix.indptr)
    ones = np.ones(len(matrix.data), np.int8)
    pattern = sp.csr_array((ones, matrix.indices, matrix.indptr), matrix.shape)
    # Eliminated rows have no neighbours and would end the search at once.
    begin = int(np.argmax(degrees))
    order, _ = breadth_first_order(pattern, begin)
    order, before = breadth_first_order(pattern, int(order[-1]))
    # The vertex reached last lies in the last layer; its ancestors count the layers.
    vertex, layers = int(order[-1]), 1
    while before[vertex] >= 0:
        vertex, layers = int(before[vertex]), layers + 1
    return len(order) / layers
