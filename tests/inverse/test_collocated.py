"""The statement at collocation points: values and slopes of exact solutions."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import in_double_precision
from residuum.inverse._collocated import Collocated
from residuum.inverse._readings import readings

from ._statements import decay, decayed, t, y


@in_double_precision
def test_values_and_slopes_of_a_decay() -> None:
    values, times = decayed()
    problem = decay(values, times, noise=0.02)
    forward = Collocated(problem.replace(observations=()), readings(problem), ("r",), degree=16)
    found = forward(np.array([1.3]))
    assert found is not None
    # A polynomial of degree 16 has exp(-1.3 t) on [0, 2] to 1e-14; rounding takes the rest.
    assert found.values == pytest.approx(np.exp(-1.3 * times), abs=1e-10)
    assert found.slopes[:, 0] == pytest.approx(-times * np.exp(-1.3 * times), abs=1e-9)
    assert found.residual < 1e-9


@in_double_precision
def test_newton_solves_what_is_not_linear() -> None:
    # y' = r y (1 - y) from 1/2 is 1 / (1 + exp(-r t)).
    r, times = rs.parameter("r", bounds=(0.1, 3.0)), np.linspace(0.1, 2, 9)
    problem = rs.Problem(
        rs.Box(t=(0, 2)),
        rs.Eq(y.diff(t), r * y * (1 - y)),
        [rs.initial(y, sp.Rational(1, 2))],
        observations=[rs.observe(y, times, at={"t": times})],
    )
    forward = Collocated(problem.replace(observations=()), readings(problem), ("r",), degree=20)
    found = forward(np.array([1.5]))
    exact = 1 / (1 + np.exp(-1.5 * times))
    assert found is not None
    # The nearest poles are π/1.5 away: degree 20 leaves 1e-8.
    assert found.values == pytest.approx(exact, abs=1e-7)
    assert found.slopes[:, 0] == pytest.approx(times * exact * (1 - exact), abs=1e-6)


@in_double_precision
def test_a_start_is_taken_over() -> None:
    values, times = decayed()
    problem = decay(values, times, noise=0.02)
    bare, data = problem.replace(observations=()), readings(problem)
    low = Collocated(bare, data, ("r",), degree=12)
    found = low(np.array([1.3]))
    assert found is not None
    high = Collocated(bare, data, ("r",), degree=16, start=found.field)
    # Before any solve, the higher field has the values of the lower one.
    level = high.spread[0] @ high.head.ravel() + high.spread[1]
    assert level == pytest.approx(found.level, abs=1e-8)
    assert t in problem.coordinates
