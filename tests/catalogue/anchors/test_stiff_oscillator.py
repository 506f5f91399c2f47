from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue import Case
from residuum.catalogue.anchors._stiff_oscillator import trajectory, van_der_pol, van_der_pol_stiff

from ._agreement import assert_solves, reference_of, relative, stated


@pytest.mark.parametrize("case", [van_der_pol, van_der_pol_stiff], ids=lambda case: case.name)
def test_statement(case: Case) -> None:
    stated(case, "ordinary", "evolving", "nonlinear", "system of 2")


def test_reference_solves_the_statement() -> None:
    assert_solves(van_der_pol, steps=(2e-3,), equations=5e-12, conditions=1e-15)


@pytest.mark.parametrize(
    ("case", "eps", "end"), [(van_der_pol, 0.2, 10.0), (van_der_pol_stiff, 1e-6, 2.0)]
)
def test_floor_holds_at_a_finer_tolerance(case: Case, eps: float, end: float) -> None:
    t = np.linspace(0, end, 2001)
    finer = trajectory(eps, end, 1e-12)(t)
    # Measured 2e-13 and 5e-10.
    assert relative(reference_of(case)(t[:, None]), finer) < case.floor


def test_stiff_end_is_the_published_one() -> None:
    found = reference_of(van_der_pol_stiff)(np.array([[2.0]]))[0]
    # The test set for initial value problems prints both with 16 digits.
    assert relative(found, np.array([1.706167732170483, -0.8928097010247975])) < 1e-10
