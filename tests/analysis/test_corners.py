"""Conditions that disagree."""

from __future__ import annotations

import pytest

from residuum.analysis import diagnose
from residuum.analysis._corners import corners

from ._cases import T, X, fixed, heat, of, ranked_first, torn


@pytest.mark.slow
def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(torn()), "incompatible conditions")
    # The rod is at 1, its ends at 0.
    assert "0 by dirichlet" in first.evidence and "1 by initial" in first.evidence


def test_conditions_that_agree_show_nothing() -> None:
    assert of(fixed(heat(), X * T), corners) is None
    assert of(fixed(heat(jump=True), X * T), corners) is None
