"""Solves that were stopped."""

from __future__ import annotations

import pytest

from residuum._core import Result
from residuum.analysis import diagnose
from residuum.analysis._budget import budget

from ._cases import X, cut, fixed, of, poisson, ranked_first, shifted


@pytest.mark.slow
def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(cut()), "stopped too early")
    assert first.numbers["fall"] > 1.3 and "start=answer" in first.remedy


def test_without_a_history_the_result_alone_tells() -> None:
    found = of(fixed(poisson(), X, Result.OUT_OF_BUDGET), budget)
    assert found is not None and found.strength == 0.5
    assert of(shifted(), budget) is None
