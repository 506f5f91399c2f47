from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._zabusky_kruskal import kdv_zabusky_kruskal, trajectory

from ._agreement import assert_solves, reference_of, relative, stated

RANDOM = np.random.default_rng(17)
POINTS = np.column_stack([RANDOM.random(800), RANDOM.uniform(-1, 1, 800)])


def test_statement() -> None:
    stated(kdv_zabusky_kruskal, "1-D", "evolving", "nonlinear", "periodic in x")


def test_reference_solves_the_statement() -> None:
    assert_solves(kdv_zabusky_kruskal, steps=(1e-3, 2e-3), equations=1e-7, count=60)


def test_floor_holds_with_more_modes_and_steps() -> None:
    # Measured 1.6e-10, of fourth order in the step.
    finer = trajectory(320, 20000)(POINTS)
    assert relative(reference_of(kdv_zabusky_kruskal)(POINTS), finer) < kdv_zabusky_kruskal.floor


def test_mean_and_energy_are_conserved() -> None:
    x = np.linspace(-1, 1, 600, endpoint=False)
    for time in (0.0, 0.4, 1.0):
        u = reference_of(kdv_zabusky_kruskal)(np.column_stack([np.full(600, time), x]))[:, 0]
        assert abs(u.mean()) < 1e-13 and abs((u**2).mean() - 0.5) < 1e-9
