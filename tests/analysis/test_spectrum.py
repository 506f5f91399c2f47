"""Waves that are missing."""

from __future__ import annotations

import sympy as sp

from residuum.analysis import diagnose
from residuum.analysis._spectrum import spectral_bias

from ._cases import X, coarse, fixed, of, ranked_first


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(coarse()), "spectral bias")
    # The source has ten waves per length, the answer none.
    assert first.numbers["waves"] == 8 and first.numbers["fine"] > 0.9


def test_an_answer_with_all_its_waves_shows_nothing() -> None:
    problem = coarse().problem
    exact = sp.sin(sp.pi * X) + sp.sin(20 * sp.pi * X) / 10
    assert of(fixed(problem, exact), spectral_bias) is None
