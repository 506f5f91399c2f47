"""Conditions that are not met."""

from __future__ import annotations

from residuum.analysis import diagnose
from residuum.analysis._misfit import misfit

from ._cases import X, fixed, of, poisson, ranked_first, shifted


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(shifted()), "condition missed")
    assert first.numbers["misfit"] > 100 * first.numbers["residual"]
    assert "hard=True" in first.remedy


def test_conditions_that_are_met_show_nothing() -> None:
    assert of(fixed(poisson(), X * (1 - X)), misfit) is None
