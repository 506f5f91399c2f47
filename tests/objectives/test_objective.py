"""What is minimised inside."""

from __future__ import annotations

import numpy as np

from residuum._core import double_precision, in_double_precision
from residuum.objectives import Inferred, ResidualAdaptive, Rows, StrongResidual
from residuum.problem import ExpressionField, scaling

from ._statements import HEAT, heat, t

NOTHING = Inferred({}, (), ())


class Watched(ResidualAdaptive):
    """Points that note what they are told of the round before."""

    def draw(self, *setting: object, **rest: object) -> tuple[Rows, float]:
        SEEN.append(setting[5])
        return super().draw(*setting, **rest)  # type: ignore[arg-type]


SEEN: list[object] = []


@in_double_precision
def test_the_strong_residual_is_what_the_points_drew() -> None:
    problem, _ = heat()
    with double_precision():
        sizes = scaling(problem)
    trained = (ExpressionField((HEAT + t**2,), problem.coordinates), NOTHING)
    setting = (problem, sizes, Watched(20, 100), trained, 7, 1)
    rows, held = StrongResidual().draw(*setting)
    (inside,), (straight, same) = rows, ResidualAdaptive(20, 100).draw(*setting[:2], trained, 7, 1)
    np.testing.assert_array_equal(inside.points, straight.points)
    assert held == same and StrongResidual().refuse(problem) is None
    StrongResidual().draw(*setting, rows)
    assert [None, inside] == SEEN


@in_double_precision
def test_it_vanishes_at_the_exact_solution() -> None:
    problem, exact = heat()
    with double_precision():
        sizes = scaling(problem)
    trained = (exact, NOTHING)
    _, held = StrongResidual().draw(problem, sizes, ResidualAdaptive(20, 100), trained, 7, 0)
    assert held < 1e-13  # rounding of second derivatives of numbers of size one
