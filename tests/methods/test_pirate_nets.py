"""The recipe of deep gated networks."""

from __future__ import annotations

import numpy as np
import pytest

from residuum import catalogue
from residuum._solve import solve
from residuum.fields import PirateNet
from residuum.learning import Adam
from residuum.methods import PINN, PirateNets

SMALL = PirateNets(PirateNet(16, 2, 12), Adam(300, warmup=30), 200)


def test_a_short_run_says_what_it_did() -> None:
    problem = catalogue.heat.problem()
    answer = solve(problem, SMALL, key=7, budget=30, progress=False, refine=None)
    assert any("training stopped" in note for note in answer.record.notes)
    assert len(answer.record.history["loss"]) > 1
    points = problem.domain.sample(200, key=5)
    # The least-squares start alone nearly solves a linear equation: measured 2e-5.
    assert answer.error(catalogue.heat.reference, points) < 1e-3


@pytest.mark.slow
def test_the_start_is_far_better_than_none_where_the_equation_is_linear() -> None:
    """The characteristic start: depth is off, so that one solve does what Adam takes long for."""
    case = catalogue.heat
    problem = case.problem()
    points = problem.domain.sample(200, key=5)
    plain = PINN(PirateNet(16, 2, 12), Adam(300, warmup=30), SMALL.method().points)
    without = solve(problem, plain, key=7, progress=False, refine=None)
    with_start = solve(problem, SMALL, key=7, progress=False, refine=None)
    assert with_start.error(case.reference, points) < without.error(case.reference, points) / 30
    assert np.isfinite(without.error(case.reference, points))
