"""Observations kept aside: which answers foretell them as well as any."""

from __future__ import annotations

import numpy as np
import sympy as sp

import residuum as rs
from residuum.methods._kept_aside import as_good, misfits, noisy, parted
from residuum.problem import ExpressionField

x = rs.space("x")
u = rs.unknown("u", x)
PLACES = np.linspace(0, 1, 101)[:, None]


def measured(noise: float) -> rs.Problem:
    """A parabola, seen at 101 places."""
    seen = PLACES[:, 0] * (1 - PLACES[:, 0])
    return rs.Problem(
        rs.Interval(0, 1),
        rs.Eq(-rs.laplacian(u), 2),
        [rs.dirichlet(u, 0)],
        observations=[rs.observe(u, seen, at=PLACES, noise=noise)],
    )


def test_every_fifth_is_kept_aside_and_none_lost() -> None:
    known, aside = (items[0] for items in parted(measured(0.1)))
    assert len(aside.values) == 21 and len(known.values) == 80
    both = np.sort(np.concatenate([known.points, aside.points]), axis=0)
    np.testing.assert_array_equal(both, PLACES)
    assert noisy(measured(0.1)) and not noisy(measured(0.0))


def test_misfits_are_in_units_of_the_noise() -> None:
    problem = measured(0.05)
    _, aside = parted(problem)
    field = ExpressionField((sp.sympify(x * (1 - x) + 0.1),), problem.coordinates)
    np.testing.assert_allclose(misfits(problem, field, aside), 2.0, rtol=1e-6)


def test_noise_alone_does_not_decide() -> None:
    noise = np.random.default_rng(3).standard_normal(400)
    # The same misfits in another order are as good; by two and by a half of standard errors more:
    error = (noise**2 - noise[::-1] ** 2).std() / 20
    half, two = (np.sqrt(noise[::-1] ** 2 + k * error) for k in (0.5, 2.0))
    assert as_good([noise + 1.5, noise, noise[::-1], half, two]) == [1, 2, 3]
    assert as_good([noise + 1.5]) == [0]
