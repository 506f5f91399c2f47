"""Every path keeps the protocol: one right side in, a finite iterate out, both ways round."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.linear._direct import Direct
from residuum.discretise.linear._iterative import Iterative
from residuum.discretise.linear._krylov import Stop
from residuum.discretise.linear._path import Path

from ._systems import chance, convection, relative

MATRIX = convection(9, 3.0)
PATHS: list[Path] = [
    Direct(MATRIX, symmetric=False, pattern=True),
    Iterative(MATRIX, lambda r: r / 7.0, kind="GMRES", name="GMRES", dual=lambda r: r / 7.0),
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_path(path: Path) -> None:
    wanted = chance(81)
    stop = Stop(1e-11)
    assert relative(path.solve(MATRIX @ wanted, None, stop).values, wanted) < 1e-9
    assert relative(path.transposed(MATRIX.T @ wanted, stop).values, wanted) < 1e-9
    assert np.isfinite(path.solve(np.zeros(81), None, stop).values).all()
