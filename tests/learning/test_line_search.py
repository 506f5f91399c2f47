"""Strong Wolfe steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from residuum.learning._line_search import CURVATURE, SUFFICIENT, Trial, strong_wolfe

LINES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "parabola": (lambda a: (a - 3) ** 2, lambda a: 2 * (a - 3)),
    "far": (lambda a: (a / 1e4 - 1) ** 2, lambda a: 2e-4 * (a / 1e4 - 1)),
    "near": (lambda a: (1e5 * a - 1) ** 2, lambda a: 2e5 * (1e5 * a - 1)),
    "wavy": (lambda a: -a + 2 * np.sin(4 * a) ** 2, lambda a: -1 + 8 * np.sin(8 * a)),
    "wall": (lambda a: -np.log(0.3 - a) - 9 * a, lambda a: 1 / (0.3 - a) - 9),
}


def line(name: str) -> Callable[[float], Trial]:
    value, slope = LINES[name]

    def at(length: float) -> Trial:
        with np.errstate(all="ignore"):
            return Trial(length, float(value(length)), float(slope(length)), np.zeros(1))

    return at


@pytest.mark.parametrize("first", [1.0, 1e-3])
@pytest.mark.parametrize("name", LINES)
def test_both_conditions_hold(name: str, first: float) -> None:
    at = line(name)
    start = at(0.0)
    assert start.slope < 0
    found = strong_wolfe(at, start, first)
    assert found is not None and found.length > 0
    if name == "far" and first < 1:  # growing tenfold it does not get there; it decreases all along
        assert found.value < start.value
    assert found.value <= start.value + SUFFICIENT * found.length * start.slope
    assert abs(found.slope) <= -CURVATURE * start.slope


def test_a_line_that_rises_gives_none() -> None:
    start = Trial(0.0, 0.0, -1.0, np.zeros(1))
    found = strong_wolfe(lambda a: Trial(a, a, 1.0, np.zeros(1)), start, 1.0)
    assert found is None


def test_a_line_without_end_gives_the_longest_step() -> None:
    start = Trial(0.0, 0.0, -1.0, np.zeros(1))
    found = strong_wolfe(lambda a: Trial(a, -a, -1.0, np.zeros(1)), start, 1.0)
    assert found is not None and found.length > 1e3


def test_what_is_not_finite_is_stepped_back_from() -> None:
    def at(length: float) -> Trial:
        value = (length - 1e-4) ** 2 if length < 1e-3 else np.nan
        return Trial(length, value, 2 * (length - 1e-4), np.zeros(1))

    found = strong_wolfe(at, at(0.0), 1.0)
    assert found is not None and found.length < 1e-3
