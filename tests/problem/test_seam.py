"""Kinks at the seam of a periodic axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    hard_conditions,
    initial,
    periodic,
    space,
    time,
    unknown,
)
from residuum.problem._seam import smoothed_seam

t, x = time("t"), space("x")
u = unknown("u", t, x)
KINK = x**2 * sp.cos(sp.pi * x)
SPREADING = 0.01 * u.diff(x, 2) - u**3


def problem(value: Any = KINK, rate: Any = SPREADING) -> Problem:
    held = [initial(u, value), periodic(u, "x")]
    return Problem(Box(t=(0, 1), x=(-1, 1)), Eq(u.diff(t), rate), held)


def test_the_kink_is_gone_after_the_start_and_the_data_are_met_at_it() -> None:
    lift = hard_conditions(problem()).lift[0]
    values, slopes = (sp.lambdify((t, x), f) for f in (lift, lift.diff(x)))
    data = sp.lambdify(x, KINK)
    places = np.linspace(-1, 1, 41)
    np.testing.assert_allclose(values(0, places), data(places), rtol=0, atol=1e-9)
    # The data have slopes 2 and -2 at the ends; a smooth periodic function has one slope there.
    assert slopes(0.0, -0.999) == pytest.approx(2, abs=0.02)
    for late in (1e-3, 0.1, 1.0):
        assert slopes(late, -1.0) == pytest.approx(slopes(late, 1.0), abs=1e-12)
    assert np.isfinite([slopes(0.0, -1.0), slopes(0.0, 1.0)]).all()


def test_it_follows_the_heat_kernel_at_the_seam() -> None:
    """J |x| / 2 becomes J √(D t / π) at the seam."""
    added = sp.lambdify((t, x), smoothed_seam(problem(), u, KINK))
    for late in (1e-4, 1e-3, 1e-2):
        assert added(late, 1.0) == pytest.approx(4 * np.sqrt(0.01 * late / np.pi), rel=1e-6)


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (sp.cos(sp.pi * x), 0.01 * u.diff(x, 2)),
        (KINK, -u.diff(x)),
        (KINK, u * u.diff(x, 2)),
        (x, 0.01 * u.diff(x, 2)),
    ],
    ids=["smooth", "no diffusion", "diffusion that varies", "a step"],
)
def test_nothing_is_added(value: Any, rate: Any) -> None:
    assert smoothed_seam(problem(value, rate), u, value) == 0


def test_axes_that_are_not_periodic_have_no_seam() -> None:
    rod = Problem(
        Box(t=(0, 1), x=(-1, 1)),
        Eq(u.diff(t), u.diff(x, 2)),
        [initial(u, KINK), dirichlet(u, -1)],
    )
    assert smoothed_seam(rod, u, KINK) == 0
