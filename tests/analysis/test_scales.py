"""Sizes that were taken and sizes that are."""

from __future__ import annotations

from residuum.analysis import diagnose
from residuum.analysis._scales import scales

from ._cases import of, ranked_first, shifted, wrong_size


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(wrong_size()), "scaling")
    assert first.numbers["ratio"] > 1e5 and "2.5e+03" in first.evidence


def test_a_problem_of_size_one_shows_nothing() -> None:
    assert of(shifted(), scales) is None
