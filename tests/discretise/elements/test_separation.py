"""Loads that separate are those integrated at every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.discretise.elements._separation import MOST_FACTORS, separated
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    initial,
    laplacian,
    neumann,
    unknown,
)
from tests.discretise.elements._posed import system_of, t, x

u: Any = unknown("u", t, x)
k: Any = coefficient("k", t, x)


def test_factors_in_time_are_taken_out() -> None:
    parts, rest = separated((sp.sin(t) * (x + t) + sp.exp(x - 2 * t), 3 * x, sp.sin(x * t)), t)
    assert parts == {
        sp.sin(t): (x, 0, 0),
        t * sp.sin(t): (1, 0, 0),
        sp.exp(-2 * t): (sp.exp(x), 0, 0),
        sp.Integer(1): (0, 3 * x, 0),
    }
    assert rest == (0, 0, sp.sin(x * t))


def test_what_depends_on_both_is_left() -> None:
    many = sum(sp.sin(n * t) * x**n for n in range(1, MOST_FACTORS + 3))
    assert separated((many,), t) == ({}, (many,))
    assert separated((k * t,), t)[1] == (k * t,)


@pytest.mark.parametrize("value", [sp.sin(t) * x**2 + t, sp.sin(t * x), k * t])
def test_a_load_is_the_integral_at_its_time(value: Any) -> None:
    box = Box(t=(0, 1), x=(0, 1))
    conditions = [initial(u, 2), dirichlet(u, t + 2, on="x_min"), neumann(u, sp.cos(t), on="x_max")]
    given = {"k": lambda p, q: p + q} if value.has(k) else {}
    problem = Problem(box, Eq(u.diff(t) - laplacian(u), value), conditions, given=given)
    system = system_of(problem, 2, 0.2)
    for time in (0.3, 0.7):
        wanted = system._summed(system.terms.load, time)
        np.testing.assert_allclose(system.load(time), wanted, rtol=1e-13, atol=1e-15)
        assert system.fixed(time)[1] == pytest.approx([time + 2])
        assert system.fixed_rate(time)[1] == pytest.approx([1.0])
