"""Several methods tried, the one with the smallest residual gone on with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum import catalogue
from residuum._core import Answer, Method, OptionError, Task, double_precision
from residuum.methods import PIG, Portfolio, RandomFeatures
from residuum.methods._portfolio import residual
from residuum.problem import ExpressionField

POISSON = catalogue.case("poisson").problem()


@dataclass(frozen=True)
class Constant(Method):
    """Return one number everywhere."""

    value: float = 0.0

    name: ClassVar[str] = "constant"

    def refuse(self, problem: Any) -> str | None:
        return "it is asked to" if self.value == 3.0 else None

    def run(self, problem: Any, task: Task) -> Answer:
        if math.isnan(self.value):
            raise FloatingPointError("not a number")
        return Answer(
            ExpressionField((sp.Float(self.value),), problem.coordinates), rs.Result.SUCCESSFUL
        )


def test_the_smallest_residual_is_taken() -> None:
    method = Portfolio((Constant(), RandomFeatures(scales=(0.5,)), Constant(np.nan), Constant(3.0)))
    found = rs.solve(POISSON, method, refine=None)
    notes = " ".join(found.record.notes)
    assert "random_features has the smallest residual" in notes
    assert "constant: residual" in notes and "constant: not a number" in notes
    assert found.record.unknowns > 100


def test_residual_vanishes_at_the_exact_solution_alone() -> None:
    case = catalogue.case("poisson")
    with double_precision():
        good = rs.solve(POISSON, RandomFeatures(), refine=None)
        small = residual(POISSON, Answer(good.field, good.result))
        large = residual(
            POISSON, Answer(ExpressionField((sp.S.Zero,), POISSON.coordinates), good.result)
        )
    assert case.reference is not None
    # Features leave 1e-7 of the size of the terms; nothing at all leaves the whole source.
    assert small < 1e-5 < 0.1 < large


def test_refusals() -> None:
    assert Portfolio((Constant(3.0),)).refuse(POISSON) == "constant: it is asked to"
    assert Portfolio().refuse(POISSON) is None
    assert "refuse" in dir(PIG)
    wrongs: list[Any] = [{"methods": ()}, {"methods": (3,)}, {"trial": 0.0}, {"trial": 2.0}]
    for wrong in wrongs:
        with pytest.raises(OptionError):
            Portfolio(**wrong)


def test_all_failing_is_a_result() -> None:
    found = rs.solve(POISSON, Portfolio((Constant(np.nan), Constant(np.nan))), refine=None)
    assert found.result is rs.Result.NOT_FINITE


@dataclass(frozen=True)
class Exact(Constant):
    """The answer itself, from a method that would go on until its time is up."""

    name: ClassVar[str] = "exact"

    def run(self, problem: Any, task: Task) -> Answer:
        x = problem.coordinates[0]
        field = ExpressionField((sp.sympify(x * (1 - x)),), problem.coordinates)
        return Answer(field, rs.Result.OUT_OF_BUDGET)


def test_nothing_is_tried_after_an_exact_answer() -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    problem = rs.Problem(rs.Interval(0, 1), rs.Eq(-rs.laplacian(u), 2), [rs.dirichlet(u, 0)])
    found = rs.solve(problem, Portfolio((Exact(), Constant())), refine=None)
    notes = " ".join(found.record.notes)
    assert "exact has the smallest residual" in notes and "constant: residual" not in notes
    assert found.result is rs.Result.SUCCESSFUL


@dataclass(frozen=True)
class Counted(Constant):
    """A multiple of the answer, said to have been made of some numbers; it notes what it was shown.

    Args:
        numbers: said to be in it.
    """

    numbers: int = 1

    name: ClassVar[str] = "counted"
    shown: ClassVar[list[tuple[int, int]]] = []

    def run(self, problem: Any, task: Task) -> Answer:
        self.shown.append((self.numbers, len(problem.observations[0].values)))
        task.monitor.record.unknowns = self.numbers
        x = problem.coordinates[0]
        field = ExpressionField((sp.sympify(self.value * x * (1 - x)),), problem.coordinates)
        return Answer(field, rs.Result.SUCCESSFUL)


@pytest.mark.parametrize("noise", [0.02, 0.0])
def test_noisy_observations_are_foretold_by_the_fewest_numbers(noise: float) -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    places = np.linspace(0, 1, 100)[:, None]
    seen = places[:, 0] * (1 - places[:, 0])
    seen += noise * np.random.default_rng(5).standard_normal(100)
    problem = rs.Problem(
        rs.Interval(0, 1),
        rs.Eq(-rs.laplacian(u), 2),
        [rs.dirichlet(u, 0)],
        observations=[rs.observe(u, seen, at=places, noise=noise)],
    )
    # The first is far off, the last two are both as good as can be told, the last one is better.
    tried = Portfolio((Counted(0.5, 1), Counted(1.0003, 10), Counted(1.0001, 100)))
    Counted.shown.clear()
    found = rs.solve(problem, tried, refine=None)
    wanted = 10 if noise else 100
    assert found.record.unknowns == wanted
    parts = (
        [(1, 80), (10, 80), (100, 80), (10, 100)] if noise else [(1, 100), (10, 100), (100, 100)]
    )
    assert Counted.shown == parts
    assert ("fewest numbers" in " ".join(found.record.notes)) == bool(noise)


@dataclass(frozen=True)
class Broken(Counted):
    """A formula that is no real number anywhere."""

    name: ClassVar[str] = "broken"

    def run(self, problem: Any, task: Task) -> Answer:
        x = problem.coordinates[0]
        return Answer(ExpressionField((sp.sqrt(x - 2),), (x,)), rs.Result.SUCCESSFUL)


@pytest.mark.parametrize("first", [Counted(1.0, 1), Broken()])
def test_what_solves_the_equations_alone_or_is_not_finite_ends_no_trial(first: Method) -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    places = np.linspace(0, 1, 100)[:, None]
    seen = places[:, 0] * (1 - places[:, 0]) + 1.0
    equations, ends = rs.Eq(-rs.laplacian(u), 2), [rs.dirichlet(u, 0)]
    readings = [rs.observe(u, seen, at=places, noise=0.1)]
    problem = rs.Problem(rs.Interval(0, 1), equations, ends, observations=readings)
    # The first obeys equation and conditions exactly, ten times the noise off, or is not finite.
    tried = Portfolio((first, Counted(1.0003, 10)))
    Counted.shown.clear()
    found = rs.solve(problem, tried, refine=None)
    assert (10, 80) in Counted.shown and found.result is rs.Result.SUCCESSFUL
    assert np.isfinite(found.at(places)).all()


@dataclass(frozen=True)
class Stopped(Constant):
    """A method that somebody interrupts, and that keeps its best."""

    def run(self, problem: Any, task: Task) -> Answer:
        return Answer(super().run(problem, task).field, rs.Result.INTERRUPTED)


def test_an_interrupt_ends_all_trials() -> None:
    found = rs.solve(POISSON, Portfolio((Stopped(), Exact())), refine=None)
    assert found.result is rs.Result.INTERRUPTED
    assert "exact" not in " ".join(found.record.notes)


@pytest.mark.slow
def test_a_network_that_no_longer_learns_is_made_wider() -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    wave = sp.sin(9 * x)
    equation = rs.Eq(-rs.laplacian(u), 81 * wave)
    # Values in closed form alone would be the lift, and nothing would be left to learn.
    ends = [rs.dirichlet(u, 0, on="x_min"), rs.dirichlet(u, math.sin(9), on="x_max")]
    problem = rs.Problem(rs.Interval(0, 1), equation, ends)
    few = rs.PINN(rs.MLP(2, 1), points=rs.ResidualAdaptive(60, 400))
    alone = rs.solve(problem, few, refine=None)
    found = rs.solve(problem, Portfolio((few,)), refine=None)
    points = np.linspace(0, 1, 101)[:, None]
    errors = [answer.error(lambda p: np.sin(9 * p), points) for answer in (alone, found)]
    assert found.record.unknowns >= alone.record.unknowns
    # Measured: 0.19 with two neurons, 2e-6 with eight.
    assert errors[1] < 1e-3 * errors[0]
