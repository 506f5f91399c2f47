from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue import Case
from residuum.catalogue.anchors._robertson import END, robertson, robertson_dae, trajectory

from ._agreement import assert_solves, reference_of, relative, stated


@pytest.mark.parametrize("case", [robertson, robertson_dae], ids=lambda case: case.name)
def test_statement_and_reference(case: Case) -> None:
    stated(case, "ordinary", "evolving", "nonlinear", "system of 3")
    # Measured 5e-12: rounding over the step.
    assert_solves(case, steps=(1e-2,), equations=3e-11, conditions=1e-15)


def test_end_is_the_known_one() -> None:
    # As printed by the test sets of stiff solvers, to all digits given there.
    a, b, c = reference_of(robertson)(np.array([[END]]))[0]
    assert abs(a - 0.7158270687) < 1e-10 and abs(b - 9.185534765e-6) < 1e-15
    assert abs(c - 0.2841637457) < 1e-10


def test_a_finer_tolerance_changes_nothing() -> None:
    t = np.linspace(0, END, 401)
    # Measured 2e-14: rounding.
    assert relative(trajectory(1e-13)(t), trajectory()(t)) < robertson.floor
