from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_burgers_2d
from residuum.catalogue.pinnacle._burgers_2d import coefficients

from ._residual import left


def start(points: np.ndarray) -> np.ndarray:
    problem = pinnacle_burgers_2d.build()
    values = [problem.initial_value(u) for u in problem.unknowns]
    return np.stack([sp.lambdify(problem.space, v)(*points.T) for v in values], axis=1)


def test_the_start_follows_the_recipe() -> None:
    s = np.linspace(0, 1, 129)[:-1]
    points = np.stack([g.ravel() for g in np.meshgrid(s, s, indexing="ij")], axis=1)
    _, means = coefficients()
    # Twice the two fields by their common maximum, which is met at one of these nodes.
    assert abs((start(points) - means).max() - 2) < 1e-10


def test_the_start_repeats_in_every_unit_square() -> None:
    points = np.random.default_rng(5).uniform(0, 1, (50, 2))
    for shift in ([1, 0], [0, 1], [3, 2]):
        np.testing.assert_allclose(start(points), start(points + shift), atol=1e-11)


def test_the_seed_decides() -> None:
    np.testing.assert_array_equal(coefficients()[0], coefficients()[0])
    assert not np.array_equal(coefficients(5)[0], coefficients(6)[0])


def test_a_shear_carried_along_solves_it() -> None:
    problem = pinnacle_burgers_2d.build()
    t, x, _ = problem.coordinates
    # With u = 3 the second equation is linear: a sine carried along and damped.
    v = sp.exp(-sp.Float(0.001) * sp.pi**2 * t) * sp.sin(sp.pi * (x - 3 * t))
    assert [sp.simplify(r) for r in left(problem, 3, v)] == [0, 0]
