"""Walls that are mirrors: which are, what goes on behind them, and that it stays symmetric."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum.discretise.spectral import Mirror, mirror
from residuum.geometry import Box, Disc
from residuum.methods import Fourier
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    laplacian,
    neumann,
    periodic,
    space,
    time,
    unknown,
    vector,
)
from residuum.problem._places import interior_points

t = time("t")
x, y = space("x", "y")
u = unknown("u", t, x, y)
SQUARE = Box(t=(0, 0.1), x=(1, 2), y=(0, 1))
GROWTH = Eq(u.diff(t), laplacian(u) + u - u**3)
WAVE = sp.sin(sp.pi * x) * sp.sin(2 * sp.pi * y)


def posed(*conditions: Any, equation: Any = GROWTH, start: Any = WAVE) -> Problem:
    return Problem(SQUARE, equation, [initial(u, start), *conditions])


def test_values_go_on_oddly_and_slopes_evenly() -> None:
    problem = posed(
        *(dirichlet(u, 0, on=f"x_{end}") for end in ("min", "max")),
        *(neumann(u, 0, on=f"y_{end}") for end in ("min", "max")),
        start=sp.sin(sp.pi * x) * sp.cos(sp.pi * y),
    )
    found = mirror(problem)
    assert isinstance(found, Mirror) and found.parities == ((-1,), (1,)) and found.copies == 4
    assert found.problem.domain == Box(t=(0, 0.1), x=(0, 2), y=(-1, 1))
    assert found.problem.periodic_axes(u) == ("x", "y")
    # Already odd and even: nothing is folded.
    assert found.problem.initial_value(u) == problem.initial_value(u)


def test_other_initial_data_are_folded() -> None:
    around = [dirichlet(u, 0, on=f"x_{end}") for end in ("min", "max")]
    found = mirror(posed(*around, periodic(u, "y"), start=(x - 1) * (2 - x)))
    assert isinstance(found, Mirror) and found.parities == ((-1,), None) and found.copies == 2
    start = sp.lambdify(x, found.problem.initial_value(u))
    for depth in (0.2, 0.7):
        assert start(1 - depth) == pytest.approx(-start(1 + depth), rel=1e-12)


REFUSED: dict[str, tuple[Problem, str]] = {
    "a wall with a value": (posed(dirichlet(u, 1), start=1 + WAVE), "dirichlet"),
    "transport": (
        posed(dirichlet(u, 0), equation=Eq(u.diff(t) + u.diff(x), laplacian(u))),
        "differ behind those of x",
    ),
    "an even reaction between odd walls": (
        posed(dirichlet(u, 0), equation=Eq(u.diff(t), laplacian(u) + u**2)),
        "differ behind those of x",
    ),
    "a source that does not end at the wall": (
        posed(neumann(u, 0), equation=Eq(u.diff(t), laplacian(u) + x), start=1),
        "differ behind those of x",
    ),
    "a factor that does not end at the wall": (
        posed(neumann(u, 0), equation=Eq(u.diff(t), div((1 + y**2) * grad(u))), start=1),
        "differ behind those of y",
    ),
    "data with slope at the wall": (posed(neumann(u, 0), start=y), "does not fit"),
    "different walls": (
        posed(
            *(dirichlet(u, 0, on=s) for s in ("x_min", "y_min", "y_max")), neumann(u, 0, on="x_max")
        ),
        "same kind",
    ),
    "a disc": (
        Problem(Disc((0.0, 0.0), 1.0).over(t=(0, 1)), GROWTH, [initial(u, 0), dirichlet(u, 0)]),
        "box",
    ),
    "nothing evolves": (
        Problem(
            Box(x=(0, 1), y=(0, 1)),
            Eq(laplacian(unknown("w", x, y)), 1),
            [dirichlet(unknown("w", x, y), 0)],
        ),
        "evolve",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_mirror(name: str) -> None:
    problem, reason = REFUSED[name]
    found = mirror(problem)
    assert isinstance(found, str) and reason in found


def test_transport_that_turns_with_the_mirror() -> None:
    cells = vector(sp.sin(sp.pi * x) * sp.cos(sp.pi * y), -sp.cos(sp.pi * x) * sp.sin(sp.pi * y))
    stirred = Eq(u.diff(t) + div(cells * u), laplacian(u))
    assert isinstance(mirror(posed(neumann(u, 0), equation=stirred, start=1)), Mirror)


def test_heat_between_walls_is_exact() -> None:
    """One wave between walls decays by the exponential of its own rate."""

    def exact(points: np.ndarray) -> np.ndarray:
        at, a, b = points.T
        waves = np.sin(np.pi * a) * np.sin(2 * np.pi * b)
        return np.asarray(waves * np.exp(-5 * np.pi**2 * at))

    problem = posed(dirichlet(u, 0), equation=Eq(u.diff(t), laplacian(u)))
    found = rs.solve(problem, Fourier(), tol=1e-8)
    assert found.result is rs.Result.TOLERANCE_REACHED
    # Rounding alone: the linear part is integrated exactly. Measured 4e-15.
    assert found.error(exact, interior_points(problem, 500, 71)) < 1e-12
    # The absolute error is that of the box, not of its mirror images: 1e-13 of the size, the least.
    norm = np.sqrt((1 - np.exp(-(np.pi**2))) / (40 * np.pi**2))
    assert found.certificate.value is not None
    assert found.certificate.value <= 1.01 * found.certificate.relative * norm


def test_an_unstable_symmetry_is_kept() -> None:
    """Odd waves die out; the mean of rounding, which is not odd, would grow by exp(60)."""
    problem = Problem(
        Box(t=(0, 4), x=(1, 2), y=(0, 1)),
        Eq(u.diff(t), laplacian(u) + 15 * sp.sin(u)),
        [initial(u, sp.sin(sp.pi * x) * sp.sin(sp.pi * y)), dirichlet(u, 0)],
    )
    found = rs.solve(problem, Fourier(), tol=1e-4)
    assert found.result is rs.Result.TOLERANCE_REACHED
    middle = np.array([[4.0, 1.5, 0.5]])
    # The first wave decays by exp(15 - 2 pi^2) a unit of time: to 6e-9, whatever its sine does.
    assert np.abs(found.at(middle)).max() < 1e-7
