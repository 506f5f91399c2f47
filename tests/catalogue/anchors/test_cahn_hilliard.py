from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue.anchors._cahn_hilliard import cahn_hilliard, history

from ._agreement import assert_solves, reference_of, relative, stated


def test_statement() -> None:
    stated(
        cahn_hilliard,
        "2-D",
        "evolving",
        "nonlinear",
        "order 1 in time, order 4 in space",
        "periodic in x, y",
    )


@pytest.mark.slow
def test_reference_solves_the_statement() -> None:
    assert_solves(
        cahn_hilliard, steps=(2e-3, 2e-2, 2e-2), equations=4e-6, conditions=1e-13, count=30
    )


@pytest.mark.slow
def test_floor_holds_on_another_grid() -> None:
    random = np.random.default_rng(61)
    points = random.random((100, 3)) * (1, 2 * np.pi, 2 * np.pi) + (0, 0, 0)
    other = history(96, 2000)(points)
    # Of fourth order: a fifteenth of it is the error.
    values = np.concatenate([other.real, other.imag], axis=1)[
        :, : len(cahn_hilliard.build().unknowns)
    ]
    assert relative(values, reference_of(cahn_hilliard)(points)) < 2 * cahn_hilliard.floor
