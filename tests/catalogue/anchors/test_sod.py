from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from residuum.catalogue.anchors._sod import END, sod

from ._agreement import reference_of, relative, stated

# Middle states of Sod's tube, from the textbook's test 1 (Toro, table 4.2).
PRESSURE, VELOCITY, LEFT, RIGHT = 0.30313, 0.92745, 0.42632, 0.26557


def test_statement() -> None:
    problem = stated(sod, "1-D", "evolving", "nonlinear", "system of 3")
    assert problem.traits.transport_dominated
    assert [str(u.func) for u in problem.unknowns] == ["rho", "m", "energy"]


def test_middle_states_are_the_known_ones() -> None:
    points = np.array([[END, 0.8 * END], [END, 1.0 * END]])
    (left, m, _), (right, n, energy) = reference_of(sod)(points)
    assert abs(left - LEFT) < 1e-5 and abs(right - RIGHT) < 1e-5
    assert abs(m / left - VELOCITY) < 1e-5 and abs(n / right - VELOCITY) < 1e-5
    assert abs(0.4 * (energy - n**2 / right / 2) - PRESSURE) < 1e-5


def test_start_is_met_and_totals_are_kept() -> None:
    x = (np.arange(40000) + 0.5) / 20000 - 1
    start, end = (reference_of(sod)(np.column_stack([np.full_like(x, t), x])) for t in (0, END))
    assert relative(start[:, 0], np.where(x < 0, 1.0, 0.125)) == 0
    lost = (end - start).sum(axis=0) / 20000
    # Mass and energy stay, the pressures at both ends add momentum: up to half a cell per jump.
    assert np.abs(lost - [0, 0.9 * END, 0]).max() < 1e-4


def test_the_published_run_is_near(data: Callable[[str], dict[str, Any]]) -> None:
    file = data("euler_sod")
    x = file["x"]
    exact = reference_of(sod)(np.column_stack([np.full_like(x, END), x]))[:, 0]
    # A finite-volume run on 800 cells: its contact and shock are smeared over a few of them.
    assert np.abs(exact - file["rho"]).mean() < 5e-3
