from __future__ import annotations

import sympy as sp

from residuum.catalogue import pinnacle_ns_2d_lt

from ._residual import left


def test_the_force_acts_along_y_as_published() -> None:
    problem = pinnacle_ns_2d_lt.build()
    t, x, y = problem.coordinates
    force = sp.sin(sp.pi * x) * sp.sin(sp.pi * y) * sp.sin(sp.pi * t)
    assert left(problem, 0, 0, 0) == [0, force, 0]


def test_the_inflow_swings_with_three_frequencies() -> None:
    problem = pinnacle_ns_2d_lt.build()
    t, _, y = problem.coordinates
    (inflow,) = [c for c in problem.conditions if c.on == "x_min" and c.value != 0]
    half = {t: sp.Rational(1, 2), y: sp.Rational(1, 2)}
    assert inflow.value.subs(half) == 1 and inflow.value.subs(t, 0) == 0
    kinds = sorted(c.kind for c in problem.conditions)
    assert kinds == ["dirichlet"] * 6 + ["flux"] * 2 + ["initial"] * 2
