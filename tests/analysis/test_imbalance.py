"""Rates of learning of equations and conditions."""

from __future__ import annotations

from residuum.analysis import diagnose
from residuum.analysis._imbalance import imbalance

from ._cases import of, ranked_first, shifted, starved


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(starved()), "loss imbalance")
    assert first.numbers["weight"] == 0.01 and "hard=True" in first.remedy


def test_expressions_learn_nothing() -> None:
    assert of(shifted(), imbalance) is None
