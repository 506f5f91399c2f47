"""Consistent initial values: found where missing, checked where given."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import ConditionError, double_precision
from residuum.discretise.ode import Evolution, consistent, find_hidden, given_levels
from residuum.geometry import Box
from residuum.problem import Eq, initial, unknown
from residuum.problem import Problem as Statement

from ._posed import circuit, columns, diode, t


def test_missing_values_are_solved_for() -> None:
    with double_precision():
        found = Evolution(diode())
        assert np.isnan(given_levels(found)).sum() == 1
        whole, settled = consistent(found)
    current = (found.unknowns @ whole)[columns(found.problem, "i")[0]]
    assert settled
    assert current == pytest.approx(np.exp(4 * (1 - current)) - 1, rel=1e-12)


def test_given_values_choose_the_branch() -> None:
    u, p = unknown("u", "p", t)
    for guess in (2.0, -2.0):
        problem = Statement(
            Box(t=(0, 1)), [Eq(u.diff(t), p), Eq(p**2, 4 + u)], [initial(u, 0), initial(p, guess)]
        )
        with double_precision():
            found = Evolution(problem)
            whole, _ = consistent(found)
        assert (found.unknowns @ whole)[columns(problem, "p")[0]] == pytest.approx(guess, rel=1e-12)


def test_contradicting_values_name_the_equation() -> None:
    with double_precision():
        with pytest.raises(ConditionError, match=r"exp.*= 0; got i\(t\) = 0.9"):
            consistent(Evolution(diode(0.9)))
        with pytest.raises(ConditionError, match=r"fits the others"):
            consistent(Evolution(circuit(second=0.3)))


def test_no_solution_is_said() -> None:
    u, p = unknown("u", "p", t)
    problem = Statement(Box(t=(0, 1)), [Eq(u.diff(t), p), Eq(p**2, -1 - u)], [initial(u, 0)])
    with double_precision():
        found = Evolution(problem)
        _, settled = find_hidden(found, np.zeros(1), np.full(2, np.nan))
    assert not settled
