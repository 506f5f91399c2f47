from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue import pinnacle_kuramoto_sivashinsky as case
from residuum.catalogue.pinnacle._kuramoto_sivashinsky import trajectory

from .._measure import condition_defect, equation_defect, relative, scattered


def test_reference_satisfies_the_statement() -> None:
    problem, steps = case.build(), (5e-4, 5e-3)
    points = scattered(problem, 200, key=21)
    # Measured 5.2e-8 at every step tried: what the error of 1e-9 is worth after four derivatives.
    assert equation_defect(problem, case.reference, points, steps) < 2.6e-7
    for condition in problem.conditions:
        assert condition_defect(problem, condition, case.reference, steps) < 5e-14


@pytest.mark.slow
def test_half_the_steps_are_sixteen_times_as_wrong() -> None:
    places = np.random.default_rng(5).uniform([0, 0], [1, 2], (1000, 2))
    fine, half, quarter = (trajectory(128, n)(places) for n in (16000, 8000, 4000))
    ratio = relative(quarter, fine) / relative(half, fine)
    # Fourth order; measured against a solution that is itself a sixteenth as wrong.
    assert 10 < ratio < 20
    assert relative(half, fine) / 15 < case.floor
