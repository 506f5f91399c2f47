from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_poisson_2d_ms
from residuum.catalogue.pinnacle._poisson_2d_ms import blocks

from ._residual import left_at


def test_conductivities_spread_over_the_decades_stated() -> None:
    conductivity, _, _ = blocks()
    assert conductivity.shape == (5, 5) and conductivity.min() > 0.01 and conductivity.max() < 1000
    # Of 25 draws from five decades the extremes leave out one at most, but for one seed in 100.
    assert conductivity.max() / conductivity.min() > 1e4


def test_every_block_has_its_own_numbers() -> None:
    problem = pinnacle_poisson_2d_ms.build()
    x, _ = problem.coordinates
    conductivity, constant, wavy = blocks()
    # The centre of block (i, j), where its arch is one, and a corner, where it is zero.
    index = np.array(list(np.ndindex(5, 5)))
    for shift, height in ((2.0, 1.0), (1e-9, 0.0)):
        points = -10 + 4 * index + shift
        expected = -2 * conductivity - constant - height * wavy
        found = left_at(problem, sp.sympify(x**2), points)
        np.testing.assert_allclose(found, expected.ravel(), rtol=1e-7, atol=1e-7)


def test_the_boundary_gives_off_what_it_has() -> None:
    problem = pinnacle_poisson_2d_ms.build()
    (condition,) = problem.conditions
    assert (condition.kind, condition.on) == ("robin", "boundary")
    assert condition.factors == (1, 1)
    assert condition.value == 0
