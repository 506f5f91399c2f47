from __future__ import annotations

import sympy as sp

from residuum.catalogue import pinnacle_heat_2d_lt

from ._residual import left


def test_the_source_has_the_published_numbers() -> None:
    problem = pinnacle_heat_2d_lt.build()
    t, x, y = problem.coordinates
    (constant,) = left(problem, sp.sqrt(sp.pi / 2))
    place = {t: 2, x: sp.Rational(1, 8), y: sp.Rational(1, 4)}
    assert constant.subs(place) == -15  # -5 sin(π/2) (1 + 2 sin(π/2)), both sines of place one
    (diffused,) = left(problem, sp.sqrt(sp.pi) + x**2 * sp.Symbol("s"))
    slope = sp.diff(diffused, sp.Symbol("s")).subs({sp.Symbol("s"): 0, x: 0})
    assert abs(float(slope) + 0.002) < 1e-15


def test_the_start_agrees_with_the_walls() -> None:
    problem = pinnacle_heat_2d_lt.build()
    x, y = problem.space
    start = sp.sympify(problem.initial_value(problem.unknowns[0]))
    assert start.subs(x, 1) == 0 and start.subs(y, 1) == 0
    assert start.subs({x: sp.Rational(1, 8), y: sp.Rational(1, 6)}) == 1
