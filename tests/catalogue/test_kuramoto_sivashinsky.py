from __future__ import annotations

import numpy as np

from residuum.catalogue import kuramoto_sivashinsky
from residuum.catalogue._kuramoto_sivashinsky import trajectory

from ._measure import relative

RANDOM = np.random.default_rng(17)
POINTS = np.column_stack([RANDOM.random(1500), RANDOM.uniform(-1, 1, 1500)])


def test_steps_are_of_fourth_order_and_reach_the_floor() -> None:
    truth = kuramoto_sivashinsky.reference(POINTS)
    coarse = relative(trajectory(64, 4000)(POINTS), truth)
    fine = relative(trajectory(64, 8000)(POINTS), truth)
    # Measured 3.2e-8 and 2.2e-9: of fourth order, so a fifteenth of the latter is left.
    assert coarse / fine > 12
    assert fine / 15 < kuramoto_sivashinsky.floor


def test_modes_are_enough_for_the_floor() -> None:
    # Measured 8e-14 at equal steps: instability amplifies rounding by no more than that.
    wide, narrow = trajectory(96, 4000)(POINTS), trajectory(64, 4000)(POINTS)
    assert relative(narrow, wide) < kuramoto_sivashinsky.floor / 10


def test_solution_stays_odd() -> None:
    mirrored = POINTS * [1, -1]
    left, right = (kuramoto_sivashinsky.reference(p) for p in (POINTS, mirrored))
    assert relative(-left, right) < kuramoto_sivashinsky.floor
