"""Causes asked in turn; good answers raise no alarm."""

from __future__ import annotations

from typing import Any

import pytest

import residuum as rs
from residuum._core import OptionError, Result
from residuum.analysis import diagnose
from residuum.analysis._diagnose import CAUSES

from ._cases import check_remedy, poisson, shifted, solved, starved

QUICK = ["helmholtz"]
LONG = [
    "poisson",
    "damped_oscillator",
    "heat",
    "wave",
    "burgers",
    "advection",
    "allen_cahn",
    "pinnacle_poisson_2d_c",
    "l_shape",
]


def no_alarm(name: str) -> None:
    case = rs.catalogue.case(name)
    answer = rs.solve(case.build(), tol=1e-3, progress=False)
    assert answer.result is Result.TOLERANCE_REACHED
    found = diagnose(answer)
    assert not found.findings and not found.poor, str(found)
    assert str(found).startswith("nothing found")


@pytest.mark.parametrize("name", QUICK)
def test_good_answers_raise_no_alarm(name: str) -> None:
    no_alarm(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_more_good_answers_raise_no_alarm(name: str) -> None:
    no_alarm(name)


LEARNED: dict[str, Any] = {
    "features": rs.RandomFeatures(field=rs.Gaussians(count=150), scales=(1.0,)),
    "network": rs.PINN(field=rs.MLP(8, 1), rule=rs.GaussNewton(iterations=60)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("name", ["poisson", "heat"])
def test_good_learned_answers_raise_no_alarm(kind: str, name: str) -> None:
    case = rs.catalogue.case(name)
    answer = solved(case.build(), LEARNED[kind])
    points = answer.problem.domain.sample(500, key=23)
    assert case.reference is not None
    assert answer.error(case.reference, points) < 1e-3
    assert not diagnose(answer).findings


def test_a_spent_budget_skips_causes_and_says_so() -> None:
    found = diagnose(shifted(), budget=0.0)
    assert found.poor and not found.findings and len(found.skipped) == len(CAUSES)
    assert "budget is spent" in str(found)


def test_every_remedy_can_be_written() -> None:
    found = diagnose(starved())
    assert len(found.findings) >= 2
    strengths = [item.strength for item in found.findings]
    assert strengths == sorted(strengths, reverse=True)
    for item in found.findings:
        check_remedy(item.remedy)


def test_only_solutions_are_diagnosed() -> None:
    wrong: Any = poisson()
    with pytest.raises(OptionError, match="solution"):
        diagnose(wrong)
