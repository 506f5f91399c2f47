"""The direct path: refinement, scaling, null spaces on both sides."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from residuum.discretise.linear._direct import Direct
from residuum.discretise.linear._krylov import Stop
from residuum.discretise.linear._null_space import NullSpace

from ._systems import chance, convection, laplacian, relative, stokes

STOP = Stop(1e-12)


def test_bad_units_cost_nothing() -> None:
    scale = 10.0 ** np.random.default_rng(5).uniform(-8, 8, 81)
    matrix = sp.csr_array(convection(9, 3.0) * scale)
    wanted = chance(81) / scale
    path = Direct(matrix, symmetric=False, pattern=True)
    found = path.solve(matrix @ wanted, None, STOP).values
    assert relative(found * scale, wanted * scale) < 1e-13


def test_null_space() -> None:
    matrix, mask = stokes(7)
    null = NullSpace(matrix, mask[:, None].astype(float))
    path = Direct(matrix, symmetric=True, pattern=True, null=null)
    wanted = null.orthogonal(chance(len(mask)))
    assert relative(path.solve(matrix @ wanted, None, STOP).values, wanted) < 1e-11
    assert relative(path.transposed(matrix @ wanted, STOP).values, wanted) < 1e-11


def test_the_left_null_space_is_found() -> None:
    weight = np.linspace(1, 2, 30)
    matrix = sp.csr_array(sp.diags_array(weight) @ laplacian(6, 5, free=True))
    null = NullSpace(matrix, np.ones((30, 1)))
    Direct(matrix, symmetric=False, pattern=True, null=null)
    assert null.left is not None
    assert np.abs(matrix.T @ null.left).max() < 1e-13
