from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_wave_2d_cg

from ._residual import left_at


def test_the_medium_has_two_speeds_in_equal_shares() -> None:
    axes, values = pinnacle_wave_2d_cg.build().given["c"]
    assert values.shape == (256, 256) and set(np.unique(values)) == {1.0, 12.0}
    assert 0.3 < (values == 12).mean() < 0.7
    assert [(axis[0], axis[-1]) for axis in axes] == [(-1, 1), (-1, 1)]


def test_fast_and_slow_places_ask_for_their_own_speed() -> None:
    problem = pinnacle_wave_2d_cg.build()
    t, _, _ = problem.coordinates
    axes, values = problem.given["c"]
    chosen = np.random.default_rng(5).integers(0, 256, (20, 2))
    points = np.column_stack([np.ones(20), axes[0][chosen[:, 0]], axes[1][chosen[:, 1]]])
    found = left_at(problem, sp.sympify(t**2 / 2), points)
    np.testing.assert_allclose(found, 1 / values[chosen[:, 0], chosen[:, 1]], rtol=1e-12)


def test_the_bump_starts_left_of_the_centre_at_rest() -> None:
    problem = pinnacle_wave_2d_cg.build()
    _, x, y = problem.coordinates
    bump = sp.sympify(problem.initial_value(problem.unknowns[0]))
    assert bump.subs({x: -sp.Rational(1, 2), y: 0}) == 1
    assert abs(float(bump.subs({x: -sp.Rational(1, 5), y: 0})) - np.exp(-0.5)) < 1e-15
