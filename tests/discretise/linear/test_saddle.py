"""Block preconditioners of saddle points."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum._core import Result
from residuum.discretise.linear import Structure, prepare
from residuum.discretise.linear._path import UnfitPath
from residuum.discretise.linear._saddle import BlockDiagonal, Blocks

from ._systems import chance, laplacian, relative, stokes


def posed(n: int) -> tuple[sp.csr_array, Structure, np.ndarray]:
    matrix, mask = stokes(n)
    null = mask[:, None].astype(float)
    # The two velocities are the two halves of the primal rows.
    components = np.where(mask, 2, np.arange(len(mask)) >= n * (n - 1))
    return matrix, Structure(symmetric=True, saddle=mask, null=null, components=components), mask


def test_the_schur_complement_of_stokes_is_near_the_identity() -> None:
    matrix, known, _ = posed(24)
    estimate = Blocks(matrix, known).schur_diagonal()
    # On the staggered grid S is spectrally equivalent to the identity, and below it.
    assert 0.3 < np.median(estimate) < 1.1


def test_iterations_do_not_grow_with_the_grid() -> None:
    counts = []
    for n in (16, 32, 64):
        matrix, known, _ = posed(n)
        solver = prepare(matrix, known, tol=1e-8, largest_direct=0)
        found = solver.solve(matrix @ chance(matrix.shape[0]))
        assert found.path == "block AMG + MINRES"
        assert found.result is Result.SUCCESSFUL
        counts.append(found.iterations)
    # Without a Schur complement they double with every refinement.
    assert counts[2] < 1.6 * counts[0]


def test_units_of_the_blocks_do_not_matter() -> None:
    matrix, known, mask = posed(20)
    wanted = chance(matrix.shape[0])
    wanted[mask] -= wanted[mask].mean()
    scale = sp.diags_array(np.where(mask, 1e-5, 1e4))
    scaled = sp.csr_array(scale @ matrix @ scale)
    solver = prepare(scaled, known, tol=1e-11, largest_direct=0)
    found = solver.solve(scaled @ (wanted / scale.diagonal()))
    assert "MINRES" in found.path and "after" not in found.path
    assert relative(scale @ found.values, wanted) < 1e-8


def test_transport_goes_to_the_triangular_preconditioner() -> None:
    matrix, known, mask = posed(24)
    n = int(np.sum(~mask))
    drift = sp.diags_array([np.full(n, 0.05), np.full(n - 1, -0.05)], offsets=[0, -1])
    rest = sp.csr_array((matrix.shape[0] - n,) * 2)
    bent = sp.csr_array(matrix + sp.block_diag([drift, rest]))
    known = Structure(saddle=mask, null=known.null, components=known.components)
    found = prepare(bent, known, tol=1e-9, largest_direct=0).solve(bent @ chance(len(mask)))
    assert found.path == "block triangular + GMRES"
    assert found.result is Result.SUCCESSFUL


def test_a_missing_block_is_named() -> None:
    with pytest.raises(UnfitPath, match="one of its blocks"):
        Blocks(laplacian(4, 4), Structure(saddle=np.zeros(16, bool)))


def test_the_preconditioner_is_definite() -> None:
    matrix, known, _ = posed(12)
    inverse = BlockDiagonal(Blocks(matrix, known))
    for seed in (12, 13, 14):
        x = chance(matrix.shape[0], seed)
        assert x @ inverse(x) > 0
