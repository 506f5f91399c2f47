from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue.anchors._kuramoto_sivashinsky_chaotic import (
    history,
    kuramoto_sivashinsky_chaotic,
    kuramoto_sivashinsky_long,
)

from ._agreement import assert_solves, reference_of, relative, stated


def test_statement() -> None:
    stated(
        kuramoto_sivashinsky_chaotic,
        "1-D",
        "evolving",
        "nonlinear",
        "order 1 in time, order 4 in space",
        "periodic in x",
    )


@pytest.mark.slow
def test_reference_solves_the_statement() -> None:
    assert_solves(
        kuramoto_sivashinsky_chaotic, steps=(1e-4, 1e-2), equations=2e-6, conditions=1e-13, count=60
    )


@pytest.mark.slow
def test_floor_holds_on_another_grid() -> None:
    random = np.random.default_rng(61)
    points = random.random((100, 2)) * (1, 2 * np.pi) + (0, 0)
    other = history(384, 40000)(points)
    # Measured 4e-7 at the end between 320 and 384 points, with twice the steps.
    values = np.concatenate([other.real, other.imag], axis=1)[
        :, : len(kuramoto_sivashinsky_chaotic.build().unknowns)
    ]
    assert (
        relative(values, reference_of(kuramoto_sivashinsky_chaotic)(points))
        < 2 * kuramoto_sivashinsky_chaotic.floor
    )


@pytest.mark.slow
def test_both_scalings_are_one_equation() -> None:
    stated(kuramoto_sivashinsky_long, "1-D", "evolving", "nonlinear", "periodic in x")
    assert_solves(
        kuramoto_sivashinsky_long, steps=(1e-2, 0.16), equations=2e-6, conditions=1e-12, count=60
    )
