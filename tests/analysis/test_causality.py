"""Early and late times."""

from __future__ import annotations

import sympy as sp

from residuum.analysis import diagnose
from residuum.analysis._causality import causality

from ._cases import T, X, coarse, fixed, forgotten, of, ranked_first


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(forgotten()), "causality in time")
    assert first.numbers["early"] > 100 * first.numbers["late"]


def test_a_growing_residual_shows_a_front() -> None:
    problem = forgotten().problem
    late = fixed(problem, sp.sin(2 * sp.pi * (X - T)) + T**8)
    found = of(late, causality)
    assert found is not None and "front" in found.evidence
    assert found.numbers["late"] > found.numbers["early"]


def test_a_steady_problem_has_no_times() -> None:
    assert of(coarse(), causality) is None
