"""Descent in H¹."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Monitor, OptionError, in_double_precision
from residuum.fields import TensorChebyshev, constrain, frame_of
from residuum.learning import Outcome, SobolevDescent
from residuum.objectives import Ritz, inferred
from residuum.problem import hard_conditions, scaling

x, y = rs.space("x", "y")
v = rs.unknown("v", x, y)


def problem() -> rs.Problem:
    """|p|²/2 + √(1 + |p|²) + √(1 + v²) - f v, whose growth is quadratic."""
    steep = v.diff(x) ** 2 + v.diff(y) ** 2
    source = 200 * sp.sin(3 * sp.pi * x) * sp.sin(2 * sp.pi * y) + 50
    left = -rs.laplacian(v) - rs.div(rs.grad(v) / sp.sqrt(1 + steep)) + v / sp.sqrt(1 + v**2)
    return rs.Problem(rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(left, source), [rs.dirichlet(v, 0)])


def descend(order: int, rule: SobolevDescent) -> Outcome:
    posed = problem()
    sizes, hard = scaling(posed), hard_conditions(posed)
    field = constrain(TensorChebyshev(order).build(frame_of(posed, sizes), 5), posed, hard, sizes)
    rows = [Ritz(tests=10, quadrature=900).rows(posed, sizes, 7, 0)]
    start = (field.with_head(0 * field.head), inferred(posed))
    return rule.train(start, rows, Monitor())


@pytest.mark.slow
@in_double_precision
def test_the_number_of_steps_does_not_grow_with_the_resolution() -> None:
    """The characteristic claim: a fixed factor per step, however fine; plain descent slows down."""
    steps, gaps = [], []
    for order in (5, 9):
        losses = np.array(descend(order, SobolevDescent(iterations=20)).losses)
        gap = losses - losses.min()
        steps.append(int(np.argmax(gap < 1e-10 * gap[0])))
        plain = np.array(descend(order, SobolevDescent(iterations=20, sobolev=False)).losses)
        gaps.append((plain[-1] - losses.min()) / gap[0])
    # Measured: 7 steps at orders 6, 10 and 14 (50, 122, 226 weights); after a hundred steps of
    # plain descent 0.6, 2 and 3 percent of the gap are left.
    assert max(steps) <= 9 and abs(steps[1] - steps[0]) <= 1
    assert min(gaps) > 1e-3 and gaps[1] > gaps[0]


@pytest.mark.slow
def test_a_network_learns_by_its_energy() -> None:
    w = rs.unknown("w", x)
    bar = rs.Problem(
        rs.Interval(0, 1),
        rs.Eq(-w.diff(x, 2), sp.pi**2 * sp.sin(sp.pi * x)),
        [rs.dirichlet(w, 0)],
    )
    method = rs.PINN(
        rs.MLP(8, 1), SobolevDescent(iterations=60), objective=Ritz(tests=20, quadrature=400)
    )
    answer = rs.solve(bar, method, refine=None, progress=False)
    at = np.linspace(0, 1, 41)
    error = np.abs(answer(x=at) - np.sin(np.pi * at)).max()
    assert error < 1e-4, error


@pytest.mark.parametrize("wrong", [{"iterations": 0}, {"damping": 0.0}, {"every": 0}])
def test_wrong_options(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        SobolevDescent(**wrong)  # type: ignore[arg-type]
