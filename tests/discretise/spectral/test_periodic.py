"""What Fourier modes ask of a problem, and conditions on means."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.catalogue import case
from residuum.discretise.spectral import fix_means, refuse_modes
from residuum.geometry import Box
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    initial,
    integral,
    laplacian,
    point_value,
    space,
    unknown,
)

from ._flows import around, cahn_hilliard, klein_gordon, square, t, u_of, velocity, vorticity
from .test_modes import modes_of


def test_what_fits() -> None:
    with double_precision():
        for problem in (vorticity()[0], velocity()[0], klein_gordon()[0]):
            assert refuse_modes(problem) is None
        assert refuse_modes(cahn_hilliard(mixed=True)) is None
        assert refuse_modes(case("kdv").problem()) is None


def test_reasons() -> None:
    w, psi = u_of("w"), u_of("psi")
    start = [initial(w, sp.sin(space("x"))), *around(w, psi)]

    def posed(*laws: Eq, more: tuple[Condition, ...] = ()) -> Problem:
        return Problem(square(), laws, [*start, *more])

    with double_precision():
        squared = posed(Eq(w.diff(t), psi), Eq(psi + psi**2, w))
        assert "itself" in str(refuse_modes(squared))
        held = posed(Eq(w.diff(t), psi), Eq(psi, w), more=(integral(psi),))
        assert "no mean" in str(refuse_modes(held))


def steady(*conditions: Any) -> Problem:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    made = [c(u) for c in conditions]
    law = Eq(laplacian(u), -2 * sp.sin(x) * sp.cos(y))
    return Problem(Box(x=(0, 2 * np.pi), y=(0, 2 * np.pi)), law, [*made, *around(u)])


def test_means() -> None:
    for condition, mean in (
        (lambda u: integral(u, 8 * np.pi**2), 2.0),
        (lambda u: point_value(u, 3, at={"x": np.pi / 2, "y": 0}), 2.0),
    ):
        problem = steady(condition)
        with double_precision():
            assert refuse_modes(problem) is None
            modes = modes_of(problem, 8)
            values = modes.nodal(modes.zero[None], np.zeros(1))
            fixed = fix_means(modes, values)[0, ..., 0]
        x, y = (c.reshape(modes.grid.shape) for c in modes.grid.points.T)
        assert np.abs(fixed - mean - np.sin(x) * np.cos(y)).max() < 1e-13
