from __future__ import annotations

import sympy as sp

from residuum.catalogue import pinnacle_gray_scott

from ._residual import left


def test_reaction_and_diffusion_have_the_published_numbers() -> None:
    problem = pinnacle_gray_scott.build()
    x, y = problem.space
    u, v = sp.symbols("u v")
    feed, decay = sp.Rational(4, 100), sp.Rational(1, 10)
    assert left(problem, u, v) == [
        sp.expand(-feed * (1 - u) + u * v**2),
        sp.expand(decay * v - u * v**2),
    ]
    first = left(problem, x**2 / 2, 0)[0] + feed * (1 - x**2 / 2)
    second = left(problem, 0, y**2 / 2)[1] - decay * y**2 / 2
    assert (sp.expand(first), sp.expand(second)) == (-sp.Rational(1, 10**5), -sp.Rational(5, 10**6))


def test_the_starts_sit_on_either_side_of_the_centre() -> None:
    problem = pinnacle_gray_scott.build()
    _, x, y = problem.coordinates
    u, v = (sp.sympify(problem.initial_value(c)) for c in problem.unknowns)
    assert u.subs({x: -sp.Rational(1, 20), y: -sp.Rational(1, 50)}) == 0
    assert v.subs({x: sp.Rational(1, 20), y: sp.Rational(1, 50)}) == 1
    # The pattern starts far from the boundary: the seam sees nothing of it.
    assert abs(float(v.subs({x: 1, y: 0}))) < 1e-30 and abs(1 - float(u.subs({x: 1, y: 0}))) < 1e-15
