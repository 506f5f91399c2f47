"""After how many solves a surrogate has paid."""

from __future__ import annotations

import math

import pytest

from residuum.methods._breakeven import breakeven, in_words


@pytest.mark.parametrize(
    ("invested", "classical", "surrogate", "count"),
    [(100, 1.0, 0.5, 200), (100, 1.0, 0.7, 334), (0, 1.0, 0.5, 0), (5, 1.0, 1.0, math.inf)],
)
def test_it_is_the_cost_over_what_a_solve_saves(
    invested: float, classical: float, surrogate: float, count: float
) -> None:
    assert breakeven(invested, classical, surrogate) == count


def test_it_is_told_in_words() -> None:
    assert "never" in in_words(10, 1.0, 2.0)
    assert "after 20 solves (10 s" in in_words(10, 1.0, 0.5)
    assert math.isnan(breakeven(math.nan, 1, 2)) and "not known" in in_words(math.nan, 1, 2)
