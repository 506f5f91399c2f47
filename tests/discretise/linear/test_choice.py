"""The path chosen follows size, shape of the mesh and what is known of the matrix."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum._core import Result
from residuum.discretise.linear import Structure, prepare
from residuum.discretise.linear._choice import REPELLED, SMALL, _repelled

from ._systems import chance, convection, laplacian, stokes

LARGE = laplacian(110, 110)
DEFINITE = Structure(definite=True)


def test_small_systems_go_to_factors() -> None:
    assert prepare(laplacian(30, 30), DEFINITE).path.startswith("direct")


def test_large_definite_systems_go_to_multigrid() -> None:
    assert len(LARGE.indptr) > SMALL
    assert prepare(LARGE, DEFINITE).path == "classical AMG + CG"
    assert prepare(laplacian(24, 24, 24), DEFINITE).path == "classical AMG + CG"


def test_several_unknowns_go_to_smoothed_aggregation() -> None:
    pair = sp.csr_array(sp.kron(laplacian(24, 24, 24), sp.csr_array([[2.0, 1.0], [1.0, 2.0]])))
    known = Structure(definite=True, components=np.arange(pair.shape[0]) % 2)
    solver = prepare(pair, known)
    assert solver.path == "smoothed aggregation + CG"
    assert solver.solve(chance(pair.shape[0])).result is Result.SUCCESSFUL


def test_positive_couplings_go_to_smoothed_aggregation() -> None:
    stretched = sp.csr_array(LARGE @ LARGE)
    assert prepare(stretched, DEFINITE, largest_direct=0).path == "smoothed aggregation + CG"


def test_triangles_of_order_two_repel_and_those_of_order_one_do_not() -> None:
    skfem = pytest.importorskip("skfem")
    from skfem.models.poisson import laplace

    for element, expected in ((skfem.ElementTriP1(), False), (skfem.ElementTriP2(), True)):
        basis = skfem.Basis(skfem.MeshTri().refined(4), element)
        matrix = sp.csr_array(laplace.assemble(basis))
        assert (_repelled(matrix) > REPELLED) is expected


def test_the_plane_without_definiteness_stays_with_factors() -> None:
    assert prepare(convection(110, 1.0)).path.startswith("direct")
    matrix, mask = stokes(70)
    assert prepare(matrix, Structure(symmetric=True, saddle=mask)).path.startswith("direct")


def test_space_without_symmetry_goes_to_iterations() -> None:
    bent = laplacian(30, 30, 30) + sp.diags_array(np.ones(26999), offsets=1) * 0.1
    solver = prepare(sp.csr_array(bent), largest_direct=0)
    assert solver.path == "classical AMG + GMRES"
    assert solver.solve(chance(27000)).result is Result.SUCCESSFUL


def test_the_limit_of_direct_solves_is_the_callers() -> None:
    assert prepare(LARGE, DEFINITE, largest_direct=10**6).path.startswith("direct")
    assert prepare(laplacian(20, 20), DEFINITE, largest_direct=0).path == "classical AMG + CG"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_definite_up_to_its_sign(sign: float) -> None:
    solver = prepare(sp.csr_array(sign * LARGE), DEFINITE)
    found = solver.solve(np.ones(12100))
    assert found.path == "classical AMG + CG"
    assert found.result is Result.SUCCESSFUL
    assert np.linalg.norm(sign * LARGE @ found.values - 1) <= 1.01e-10 * 110


def test_a_constant_in_the_null_space_is_seen_before_any_iteration() -> None:
    found = prepare(laplacian(110, 110, free=True), DEFINITE).solve(chance(12100))
    assert found.result is Result.STAGNATED
    assert "singular" in found.reason


def test_a_false_claim_of_symmetry_is_dropped() -> None:
    matrix = convection(110, 5.0)
    found = prepare(matrix, DEFINITE, largest_direct=0).solve(np.ones(12100))
    assert found.result is Result.SUCCESSFUL
    assert "CG" not in found.path
