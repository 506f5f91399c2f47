"""Small residuals with large errors."""

from __future__ import annotations

from residuum._core import Result
from residuum.analysis import diagnose
from residuum.analysis._certificate import certificate

from ._cases import X, claimed, fixed, of, poisson, ranked_first, resonant


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(resonant()), "unsuitable certificate")
    # The error is sin(pi x) / 10, the answer of size 0.25: the correction sees nearly all of it.
    assert first.numbers["residual"] < 1e-3 and 0.2 < first.numbers["correction"] < 0.4


def test_an_estimate_that_is_far_too_small_is_ranked_first() -> None:
    found = diagnose(claimed(resonant(), 1e-6))
    assert "the estimate says 1.0e-06" in ranked_first(found, "unsuitable certificate").evidence


def test_an_estimate_that_is_right_shows_nothing() -> None:
    assert of(claimed(resonant(), 0.25), certificate) is None


def test_a_tolerance_that_nothing_verifies_is_noticed() -> None:
    exact = X * (1 - X) / 2
    found = of(fixed(poisson(), exact, Result.TOLERANCE_NOT_VERIFIED), certificate)
    assert found is not None and found.strength == 0.2 and "certify" in found.remedy
