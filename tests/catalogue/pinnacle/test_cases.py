"""What all 22 cases keep."""

from __future__ import annotations

import numpy as np
import pytest

from residuum import catalogue
from residuum.catalogue import Case
from residuum.catalogue.pinnacle import CASES
from residuum.problem import Problem, read_problem_text, write_problem

from .._measure import scattered

# Dimension, evolving, linear, unknowns, order in time, order in space, all second orders in div.
TRAITS = {
    "burgers_1d": (1, True, False, 1, 1, 2),
    "burgers_2d": (2, True, False, 2, 1, 2),
    "gray_scott": (2, True, False, 2, 1, 2),
    "heat_2d_cg": (2, True, True, 1, 1, 2),
    "heat_2d_lt": (2, True, False, 1, 1, 2),
    "heat_2d_ms": (2, True, True, 1, 1, 2),
    "heat_2d_vc": (2, True, True, 1, 1, 2),
    "heat_5d": (5, True, True, 1, 1, 2),
    "heat_inverse": (2, True, False, 2, 1, 2),
    "kuramoto_sivashinsky": (1, True, False, 1, 1, 4),
    "ns_2d_c": (2, False, False, 3, 0, 2),
    "ns_2d_cg": (2, False, False, 3, 0, 2),
    "ns_2d_lt": (2, True, False, 3, 1, 2),
    "poisson_2d_c": (2, False, True, 1, 0, 2),
    "poisson_2d_cg": (2, False, True, 1, 0, 2),
    "poisson_2d_ms": (2, False, True, 1, 0, 2),
    "poisson_3d_cg": (3, False, True, 1, 0, 2),
    "poisson_5d": (5, False, True, 1, 0, 2),
    "poisson_inverse": (2, False, False, 2, 0, 2),
    "wave_1d_c": (1, True, True, 1, 2, 2),
    "wave_2d_cg": (2, True, True, 1, 2, 2),
    "wave_2d_ms": (2, True, True, 1, 2, 2),
}


def short(case: Case) -> str:
    return case.name.removeprefix("pinnacle_")


def test_there_are_22_and_the_catalogue_finds_them() -> None:
    assert sorted(map(short, CASES)) == sorted(TRAITS) and len(CASES) == 22
    assert catalogue.names("pinnacle") == sorted(case.name for case in CASES)
    assert all(getattr(catalogue, case.name) is case for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=short)
def test_statement_is_complete_and_has_the_traits(case: Case) -> None:
    problem = case.build()  # a doubtful statement would warn, and warnings are errors here
    assert isinstance(problem, Problem) and problem.name == case.name
    traits = problem.traits
    assert TRAITS[short(case)] == (
        traits.dimension,
        traits.evolving,
        traits.linear,
        traits.unknowns,
        traits.time_order,
        traits.space_order,
    )
    assert traits.divergence_form
    assert len(case.points) in (1, problem.domain.dimension)


@pytest.mark.parametrize("case", CASES, ids=short)
def test_written_and_read_again_it_asks_the_same(case: Case) -> None:
    problem = case.build()
    again = read_problem_text(write_problem(problem))
    assert again.residuals == problem.residuals and again.unknowns == problem.unknowns
    assert again.domain.axes == problem.domain.axes
    np.testing.assert_array_equal(again.domain.bounds, problem.domain.bounds)
    for one, other in zip(problem.conditions, again.conditions, strict=True):
        assert one.expression(problem.space) == other.expression(again.space)
        assert (one.kind, one.on) == (other.kind, other.on)
    for name, value in problem.given.items():
        np.testing.assert_array_equal(again.given[name][1], value[1])
        for axis, same in zip(again.given[name][0], value[0], strict=True):
            np.testing.assert_array_equal(axis, same)
    for seen, read in zip(problem.observations, again.observations, strict=True):
        np.testing.assert_array_equal(seen.values, read.values)
        np.testing.assert_array_equal(seen.points, read.points)
        assert seen.noise == read.noise


@pytest.mark.parametrize("case", CASES, ids=short)
def test_reference_and_floor_say_the_same(case: Case) -> None:
    assert case.group == "pinnacle" and case.source is not None
    if case.reference is None:
        assert case.floor == 0 and case.trust.startswith("no independent reference")
        return
    assert 0 < case.floor < 1e-6 and f"{case.floor:.0e}".replace("e-0", "e-") in case.trust
    problem = case.build()
    values = case.reference(scattered(problem, 30, key=22))
    assert values.shape == (30, len(problem.unknowns)) and np.isfinite(values).all()
