"""What every case of the catalogue keeps: its reference solves the problem exactly as stated."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from residuum import catalogue
from residuum._core import OptionError
from residuum.problem import Problem

from ._measure import condition_defect, equation_defect, grid, scattered

# Steps of the differences along each coordinate, and the defect allowed: about five times what
# was measured, which is the noise of the reference over the step or the error of the stencil.
STEPS: dict[str, tuple[tuple[float, ...], float]] = {
    "advection": ((1e-3, 3e-2), 5e-12),
    "allen_cahn": ((1e-3, 4e-4), 1e-8),
    "burgers": ((1e-3, 5e-4), 1e-10),
    "damped_oscillator": ((2e-3,), 2e-11),
    "heat": ((1e-2, 1e-2), 3e-11),
    "helmholtz": ((2e-2, 1e-2), 3e-12),
    "kdv": ((5e-4, 3e-3), 2e-9),
    "kuramoto_sivashinsky": ((1e-3, 1e-2), 1e-8),
    "lorenz": ((2e-3,), 1e-11),
    "poisson": ((2e-2, 2e-2), 2e-11),
    "poisson_four_holes": ((3e-3, 3e-3), 4e-10),
    "wave": ((5e-3, 1e-2), 1e-12),
}


def test_every_case_is_tested_here() -> None:
    assert sorted(STEPS) == catalogue.names("")  # groups have tests of their own


@pytest.mark.parametrize("name", STEPS)
def test_statement_is_complete_and_carries_the_name(name: str) -> None:
    case = catalogue.case(name)
    problem = case.problem()  # a doubtful statement would warn, and warnings are errors here
    assert isinstance(problem, Problem) and problem.name == case.name == name
    assert getattr(catalogue, name) is case
    assert len(case.points) in (1, problem.domain.dimension)
    assert 0 < case.floor < 1e-6 and f"{case.floor:.0e}".replace("e-0", "e-") in case.trust


def _points(name: str) -> np.ndarray:
    steps, _ = STEPS[name]
    problem = catalogue.case(name).build()
    points = scattered(problem, 200, key=21)
    if name == "allen_cahn":
        # Before t = 0.1 the kink of the start is too sharp for differences of this step.
        points = points[points[:, 0] > 0.1]
    if name == "poisson_four_holes":
        points = points[problem.domain.signed_distance(points) < -9 * max(steps)]
    return points


@pytest.mark.parametrize("name", STEPS)
def test_reference_satisfies_the_equations(name: str) -> None:
    case, (steps, allowed) = catalogue.case(name), STEPS[name]
    assert equation_defect(case.build(), case.reference, _points(name), steps) < allowed


@pytest.mark.parametrize("name", STEPS)
def test_reference_satisfies_the_conditions(name: str) -> None:
    case, (steps, _) = catalogue.case(name), STEPS[name]
    problem = case.build()
    for condition in problem.conditions:
        # Measured at most 1.5e-11 for rates (rounding over the step), 1.1e-14 for values.
        allowed = 6e-11 if condition.kind == "initial_rate" else 5e-14
        assert condition_defect(problem, condition, case.reference, steps) < allowed


@pytest.mark.parametrize("name", STEPS)
def test_a_slightly_wrong_reference_is_found_out(name: str) -> None:
    case, (steps, allowed) = catalogue.case(name), STEPS[name]

    def wrong(points: np.ndarray) -> np.ndarray:
        factor = 1 + 1e-6 * np.cos(3 * points.sum(axis=1))
        changed: np.ndarray = case.reference(points) * factor[:, None]
        return changed

    assert equation_defect(case.build(), wrong, _points(name), steps) > 10 * allowed

    def shifted(points: np.ndarray) -> np.ndarray:
        return case.reference(points) + 1e-6

    problem = case.build()
    values = [c for c in problem.conditions if c.kind in ("initial", "dirichlet")]
    assert max(condition_defect(problem, c, shifted, steps) for c in values) > 1e-8


@pytest.mark.parametrize("name", STEPS)
def test_reference_does_not_depend_on_how_points_are_asked(name: str) -> None:
    case = catalogue.case(name)
    points = scattered(case.build(), 40, key=22)
    whole = case.reference(points)
    assert whole.shape == (40, len(case.build().unknowns)) and np.isfinite(whole).all()
    parts = [case.reference(points[i:j]) for i, j in pairwise((0, 1, 13, 13, 40))]
    # Sums over modes may be ordered otherwise: a few roundings of values of size 0.1 to 40.
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-13 * max(1.0, np.abs(whole).max())


@pytest.mark.parametrize("name", [n for n in STEPS if len(catalogue.case(n).points) == 2])
def test_comparison_grid_reaches_the_corners(name: str) -> None:
    case = catalogue.case(name)
    bounds = case.build().domain.bounds
    values = case.reference(grid(*bounds))
    assert values.shape == (4, 1) and np.isfinite(values).all()


def test_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(OptionError, match="Did you mean 'burgers'"):
        catalogue.case("burger")
    with pytest.raises(OptionError, match="Choose one"):
        catalogue.case("12345")


def test_names_are_sorted_and_public() -> None:
    assert catalogue.names() == sorted(catalogue.names())
    assert set(catalogue.names("")) < set(catalogue.__all__) < set(dir(catalogue))
    assert set(catalogue.names()) < set(dir(catalogue))
    with pytest.raises(AttributeError, match="no attribute 'burger'"):
        getattr(catalogue, "burger")  # noqa: B009


def test_a_floor_stands_beside_every_reference_and_nowhere_else() -> None:
    with pytest.raises(OptionError, match="a floor above zero exactly where"):
        replace(catalogue.heat, floor=0.0)
    with pytest.raises(OptionError, match="a floor above zero exactly where"):
        replace(catalogue.heat, reference=None)
    assert replace(catalogue.heat, reference=None, floor=0.0).reference is None
