from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from residuum.catalogue import kdv
from residuum.catalogue._kdv import trajectory

from ._measure import grid, relative

RANDOM = np.random.default_rng(17)
POINTS = np.column_stack([RANDOM.random(1500), RANDOM.uniform(-1, 1, 1500)])


def test_floor_holds_when_the_step_is_halved() -> None:
    # Measured 2.3e-12; of fourth order, the rest is a fifteenth of it. With 128 modes instead of
    # 192 nothing changes beyond rounding.
    assert relative(kdv.reference(POINTS), trajectory(128, 16000)(POINTS)) < kdv.floor


def test_coarser_steps_would_be_seen() -> None:
    assert relative(trajectory(128, 4000)(POINTS), kdv.reference(POINTS)) > 10 * kdv.floor


def test_agrees_with_the_published_file(data: Callable[[str], dict[str, Any]]) -> None:
    file = data("kdv_cos")
    values = kdv.reference(grid(file["t"], file["x"])).reshape(file["u"].shape)
    # The file's floor is 6.3e-12, and the reference's own 3e-12: measured 7.7e-12.
    assert relative(values, file["u"]) < 6.3e-12 + kdv.floor


def test_mean_and_energy_are_conserved() -> None:
    x = np.linspace(-1, 1, 400, endpoint=False)
    u = kdv.reference(grid(np.array([0.0, 0.3, 0.77, 1.0]), x)).reshape(4, -1)
    assert np.abs(u.mean(axis=1)).max() < 1e-13
    assert np.abs((u**2).mean(axis=1) - 0.5).max() < 1e-11
