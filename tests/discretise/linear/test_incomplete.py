"""Incomplete factors as approximate inverses, both ways round."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum.discretise.linear._equilibration import equilibration
from residuum.discretise.linear._incomplete import Incomplete
from residuum.discretise.linear._path import UnfitPath

from ._systems import chance, convection


def test_near_the_inverse_whatever_the_units() -> None:
    scale = 10.0 ** np.random.default_rng(5).uniform(-6, 6, 400)
    matrix = sp.csr_array(sp.diags_array(scale) @ convection(20, 4.0))
    inverse = Incomplete(matrix, equilibration(matrix, symmetric=False))
    x = chance(400)
    # One correction leaves 0.13 of the error here; 1 would be no inverse at all.
    assert np.linalg.norm(inverse(matrix @ x) - x) < 0.25 * np.linalg.norm(x)
    turned = inverse.turned()(matrix.T @ (x / scale)) * scale
    assert np.linalg.norm(turned - x) < 0.25 * np.linalg.norm(x)


def test_a_zero_pivot_is_named() -> None:
    matrix = sp.csr_array(np.array([[0.0, 1.0], [0.0, 1.0]]))
    with pytest.raises(UnfitPath, match="incomplete"):
        Incomplete(matrix, equilibration(matrix, symmetric=False))
