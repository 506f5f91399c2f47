from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._collocation import collocate
from residuum.catalogue.anchors._pendulum import END, pendulum

from ._agreement import assert_solves, reference_of, stated


def test_statement() -> None:
    problem = stated(pendulum, "ordinary", "evolving", "nonlinear", "system of 5")
    assert [str(u.func) for u in problem.unknowns] == ["x", "p", "y", "q", "tension"]


def test_reference_solves_the_statement() -> None:
    assert_solves(pendulum, steps=(1e-2,), equations=2e-12, conditions=1e-13)


def test_rod_and_energy_stay() -> None:
    x, p, y, q, _ = reference_of(pendulum)(np.linspace(0, END, 201)[:, None]).T
    assert np.abs(x**2 + y**2 - 1).max() < 1e-13
    assert np.abs((p**2 + q**2) / 2 + y).max() < 1e-13


def test_agrees_with_an_integration_of_the_angle() -> None:
    def defect(state: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return np.stack([rate[0] - state[1], rate[1] + np.sin(state[0])])

    angle = collocate(defect, np.array([np.pi / 2, 0.0]), END, tolerance=1e-12, first=1e-3)
    t = np.linspace(0, END, 301)
    exact = reference_of(pendulum)(t[:, None])
    found = angle(t)
    assert np.abs(np.sin(found[:, 0]) - exact[:, 0]).max() < 1e-12
    assert np.abs(-np.cos(found[:, 0]) - exact[:, 2]).max() < 1e-12
