"""The choice between explicit and implicit steps."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.ode import SCOUT, Evolution, Marcher, consistent, explore
from residuum.problem import Problem

from ._posed import decay, oscillator, robertson


def trial(problem: Problem, stiff: bool | None = None) -> tuple[bool, np.ndarray, str]:
    with double_precision():
        found = Evolution(problem)
        start, _ = consistent(found)
        stiff, sizes, reason, _ = explore(Marcher(found, SCOUT), start, stiff=stiff)
        return stiff, found.unknowns @ sizes, reason


@pytest.mark.parametrize(
    ("problem", "stiff"),
    [
        (oscillator(), False),
        (oscillator(end=3000.0), False),
        (decay(rate=10.0), False),
        (decay(rate=1e6), True),
        (robertson(False), True),
    ],
    ids=["swing", "long swing", "decay", "fast decay", "robertson"],
)
def test_stiffness_is_found(problem: Problem, stiff: bool) -> None:
    found, _, reason = trial(problem)
    assert found is stiff, reason


def test_sizes_are_root_mean_squares() -> None:
    _, sizes, _ = trial(oscillator(end=8 * np.pi))
    # Over full turns the mean square of a cosine is one half.
    assert sizes[0] == pytest.approx(0.5**0.5, rel=1e-2)


def test_asked_for() -> None:
    assert trial(oscillator(), stiff=True)[0]
    assert not trial(decay(rate=1e4), stiff=False)[0]
