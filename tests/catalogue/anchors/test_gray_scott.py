from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue.anchors._gray_scott import gray_scott, history
from residuum.catalogue.anchors._torus import History

from ._agreement import assert_solves, reference_of, relative, stated


def test_statement() -> None:
    stated(gray_scott, "2-D", "evolving", "nonlinear", "system of 2", "periodic in x, y")


@pytest.mark.slow
def test_reference_solves_the_statement() -> None:
    assert_solves(gray_scott, steps=(5e-4, 1e-2, 1e-2), equations=5e-5, conditions=1e-5, count=30)


@pytest.mark.slow
def test_floor_holds_on_another_grid() -> None:
    random = np.random.default_rng(61)
    points = random.random((100, 3)) * (2, 2, 2) + (0, -1, -1)
    other = history(144)(points)
    # Measured 1.2e-5 (with 8000 steps); 112 points are off by 8e-5.
    values = np.concatenate([other.real, other.imag], axis=1)[:, : len(gray_scott.build().unknowns)]
    assert relative(values, reference_of(gray_scott)(points)) < gray_scott.floor


@pytest.mark.slow
def test_reference_holds_between_stored_times() -> None:
    """Half the stored times foretell the other half, so that all foretell what lies between.

    Measured 2e-4 at worst; with twice the times, a polynomial of degree nine has 2**-10 of it.
    """
    found = history()
    half = History(found.torus, found.times[::2], found.modes[::2])
    for i in range(1, len(found.times) - 1, 2):
        gap = np.linalg.norm(half.at(found.times[i]) - found.modes[i])
        assert gap < 1e-3 * np.linalg.norm(found.modes[i])
