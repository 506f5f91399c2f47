"""How a medium is laid out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks._abstract import is_trained
from residuum.blocks.physical import SMALL, MediumPlan, wave_medium

PLAN = MediumPlan((24, 16), steps=8, scatterers=5)


def test_the_default_is_the_stated_medium() -> None:
    plan = MediumPlan()
    assert plan.shape == (64, 32) and plan.microphones == 24
    assert SMALL.shape[0] * SMALL.shape[1] * SMALL.steps * 8 == 64 * 32 * plan.steps


def test_scatterers_are_slow_the_rim_is_damped_and_all_else_is_inside() -> None:
    medium = wave_medium(PLAN, key=7)
    assert medium.signature.inputs == 24 and medium.signature.outputs == 24
    assert medium.cfl == pytest.approx(0.7, rel=1e-6)
    assert set(np.round(np.unique(medium.speed), 6)) & {1.0} and np.min(medium.speed) >= 0.45
    assert 0.02 < np.mean(medium.speed < 1) < 0.6
    assert medium.damping[12, 8] == pytest.approx(0.02) and medium.damping[0, 0] > 1
    assert len(np.unique(medium.microphones, axis=0)) == 24
    assert medium.microphones[:, 0].min() >= 6 and not is_trained(medium.speed)
    assert is_trained(wave_medium(PLAN, key=7, trained=True).speed)


def test_the_key_decides() -> None:
    first, same, other = (wave_medium(PLAN, key=key) for key in (7, 7, 9))
    np.testing.assert_array_equal(first.speed, same.speed)
    assert np.any(first.speed != other.speed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"microphones": 0},
        {"shape": (8, 8)},
        {"strength": -1.0},
        {"cfl": 1.2},
        {"drive": 0.0},
        {"damping": -0.1},
    ],
    ids=str,
)
def test_plans_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        MediumPlan(**wrong)


def test_more_microphones_than_cells_are_refused() -> None:
    with pytest.raises(OptionError, match="microphones"):
        wave_medium(MediumPlan((24, 16), microphones=500, steps=4), key=7)
