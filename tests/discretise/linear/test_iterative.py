"""Krylov paths: signs, null spaces, transposes."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.linear._iterative import Iterative
from residuum.discretise.linear._krylov import Stop
from residuum.discretise.linear._multigrid import classical
from residuum.discretise.linear._null_space import NullSpace
from residuum.discretise.linear._path import UnfitPath

from ._systems import chance, convection, laplacian, relative

STOP = Stop(1e-11)


def test_a_negative_definite_matrix() -> None:
    matrix, wanted = laplacian(20, 20), chance(400)
    path = Iterative(matrix, classical(matrix), kind="CG", name="", sign=-1.0)
    assert relative(path.solve(-(matrix @ wanted), None, STOP).values, wanted) < 1e-10
    assert relative(path.transposed(-(matrix @ wanted), STOP).values, wanted) < 1e-10


def test_a_semidefinite_matrix() -> None:
    matrix = laplacian(20, 20, free=True)
    null = NullSpace(matrix, np.ones((400, 1)))
    path = Iterative(matrix, classical(matrix), kind="CG", name="", null=null)
    wanted = null.orthogonal(chance(400))
    found = path.solve(matrix @ wanted, None, STOP)
    assert relative(null.orthogonal(found.values), wanted) < 1e-9
    assert found.iterations < 20


def test_a_good_start_saves_iterations() -> None:
    matrix, wanted = laplacian(20, 20), chance(400)
    path = Iterative(matrix, lambda r: r, kind="CG", name="")
    cold = path.solve(matrix @ wanted, None, STOP)
    warm = path.solve(matrix @ wanted, wanted + 1e-9 * chance(400, 12), STOP)
    assert warm.iterations < cold.iterations
    assert path.solve(matrix @ wanted, wanted, STOP).iterations == 0


def test_the_transpose_needs_an_inverse_of_its_own() -> None:
    path = Iterative(convection(5, 1.0), lambda r: r, kind="GMRES", name="")
    with pytest.raises(UnfitPath, match="transposed"):
        path.transposed(np.ones(25), STOP)
