from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from residuum.catalogue import lorenz
from residuum.catalogue._lorenz import series

from ._measure import relative


def test_rounding_and_truncation_are_below_the_floor() -> None:
    fine = series(1000, 30, np.longdouble)[::2, 0]
    own = lorenz.reference(np.arange(500)[:, None] * 0.01)
    assert relative(own, fine.astype(float)) < lorenz.floor  # measured 1e-15


def _rates(_: float, u: np.ndarray) -> list[float]:
    x, y, z = u
    return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]


def test_agrees_with_an_integrator_of_another_kind() -> None:
    found = solve_ivp(_rates, (0, 5), [1, 1, 1], method="DOP853", rtol=3e-14, atol=1e-13)
    # At its own steps, without its interpolation: measured 1.3e-14.
    assert relative(found.y.T, lorenz.reference(found.t[:, None])) < 1e-13


def test_a_low_degree_would_be_seen() -> None:
    coarse = series(500, 6)[:, 0]
    own = lorenz.reference(np.arange(500)[:, None] * 0.01)
    assert relative(coarse, own) > 1e4 * lorenz.floor
