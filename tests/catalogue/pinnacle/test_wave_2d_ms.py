from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_wave_2d_ms as case
from residuum.catalogue.pinnacle._wave_2d_ms import driven

from .._measure import relative, scattered
from ._residual import left

PI = sp.pi


def test_the_published_solution_does_not_solve_the_published_equation() -> None:
    problem = case.build()
    t, x, y = problem.coordinates
    along = sp.sinh(3 * PI * x) * sp.sin(2 * PI * y)
    across = sp.sin(PI * x) * sp.sinh(PI * y)
    published = (across + along) * sp.cos(PI * t)
    assert sp.simplify(left(problem, published)[0] + 2 * PI**2 * published) == 0
    assert sp.simplify(left(problem, (across + along) * sp.cosh(PI * t))[0]) == 0


def test_every_part_of_the_reference_solves_the_equation() -> None:
    problem = case.build()
    t, x, y = problem.coordinates
    k = sp.Symbol("k", integer=True, positive=True)
    parts = (
        sp.sin(PI * x) * y * sp.cos(PI * t),
        sp.sin(2 * PI * y) * sp.sinh(sp.sqrt(7) * PI * x) * sp.cos(PI * t),
        sp.sin(PI * x) * sp.sin(k * PI * y) * sp.cos(PI * sp.sqrt(1 + 2 * k**2) * t),
        sp.sin(2 * PI * y) * sp.sin(k * PI * x) * sp.cos(PI * sp.sqrt(k**2 + 8) * t),
    )
    assert [sp.simplify(left(problem, part)[0]) for part in parts] == [0, 0, 0, 0]


def test_the_sum_has_the_start_and_the_boundary_values() -> None:
    problem = case.build()
    for condition in problem.conditions:
        if condition.kind == "initial_rate":
            continue  # every part is a cosine in time
        points = scattered(problem, 300, key=31)
        if condition.kind == "initial":
            points[:, 0] = 0
        else:
            assert problem.shape is not None
            points[:, 1:] = problem.shape.sample_boundary(300, part=condition.on, key=33)
        value = sp.lambdify(problem.coordinates, condition.value)(*points.T)
        # The largest value is sinh(3π) = 6196; what 4000 waves leave of the start is below 1e-3.
        assert np.abs(driven(points)[:, 0] - value).max() < 1e-6 * 6196
        assert np.abs(driven(points)[:, 0] - value).mean() < 1e-8 * 6196


def test_more_waves_change_less_than_the_floor() -> None:
    points = scattered(case.build(), 300, key=17)
    # Measured 1.4e-10 at random points.
    assert relative(driven(points, 16000), driven(points)) < case.floor
    assert relative(driven(points, 16000), driven(points, 400)) > case.floor
