"""Conservation laws stated in the public language, for the tests of finite volumes."""

from __future__ import annotations

from typing import Any

import sympy as sp

from residuum.discretise.volumes import (
    ConservationLaw,
    March,
    Scheme,
    Signals,
    Volumes,
    cells_of,
    law_of,
)
from residuum.geometry import Box
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    div,
    initial,
    parameter,
    periodic,
    space,
    time,
    unknown,
    vector,
)

t = time("t")
x, y = space("x", "y")
State = tuple[float, float, float]

# E. F. Toro, Riemann Solvers and Numerical Methods for Fluid Dynamics, table 4.1 with the shifts of
# table 6.2: left and right (density, velocity, pressure), place of the jump, end.
TORO: dict[int, tuple[State, State, float, float]] = {
    1: ((1.0, 0.75, 1.0), (0.125, 0.0, 0.1), 0.3, 0.2),
    2: ((1.0, -2.0, 0.4), (1.0, 2.0, 0.4), 0.5, 0.15),
    3: ((1.0, 0.0, 1000.0), (1.0, 0.0, 0.01), 0.5, 0.012),
    4: ((5.99924, 19.5975, 460.894), (5.99242, -6.19633, 46.0950), 0.4, 0.035),
    5: ((1.0, -19.59745, 1000.0), (1.0, -19.59745, 0.01), 0.8, 0.012),
}


def advection(start: Any, speed: Any = 1, end: float = 1.0) -> Problem:
    """One unknown carried around a ring of length one."""
    u = unknown("u", t, x)
    return Problem(
        domain=Box(t=(0, end), x=(0, 1)),
        equations=[Eq(u.diff(t) + div(speed * u), 0)],
        conditions=[initial(u, start), periodic(u, "x")],
    )


def burgers(start: Any, end: float, *conditions: Any, around: bool = True) -> Problem:
    """Burgers' equation without viscosity on (0, 1); conditions are functions of the unknown."""
    u = unknown("u", t, x)
    ring = [periodic(u, "x")] if around else []
    return Problem(
        domain=Box(t=(0, end), x=(0, 1)),
        equations=[Eq(u.diff(t) + div(u**2 / 2), 0)],
        conditions=[initial(u, start), *ring, *(c(u) for c in conditions)],
    )


def jump(left: float, right: float, middle: float) -> Any:
    """A step at a place."""
    return sp.Piecewise((left, x < middle), (right, True)) if left != right else left


def gas(
    left: State,
    right: State,
    middle: float,
    end: float,
    *,
    ends: tuple[float, float] = (0, 1),
    units: State = (1.0, 1.0, 1.0),
) -> Problem:
    """The Euler equations in one dimension with two states.

    ``units`` are the sizes of the units of length, time and mass in those of the numbers given.
    """
    length, second, mass = units
    gamma = 1.4
    rho, m, e = unknown("rho", "m", "e", t, x)
    g = parameter("gamma", gamma)
    pressure = (g - 1) * (e - m**2 / (2 * rho))
    dense, speed = mass / length, length / second  # along a line: mass per length

    def row(state: State) -> tuple[float, float, float]:
        r, u, p = state[0] * dense, state[1] * speed, state[2] * dense * speed**2
        return r, r * u, p / (gamma - 1) + r * u**2 / 2

    pairs = zip((rho, m, e), row(left), row(right), strict=True)
    return Problem(
        domain=Box(t=(0, end * second), x=(ends[0] * length, ends[1] * length)),
        equations=[
            Eq(rho.diff(t) + div(m), 0),
            Eq(m.diff(t) + div(m**2 / rho + pressure), 0),
            Eq(e.diff(t) + div((e + pressure) * m / rho), 0),
        ],
        conditions=[initial(u, jump(a, b, middle * length)) for u, a, b in pairs],
        name="gas",
    )


def gas_plane(starts: tuple[Any, Any, Any, Any], end: float, *conditions: Condition) -> Problem:
    """The Euler equations on the unit square; starts are density, two velocities and pressure."""
    rho, m, n, e = unknown("rho", "m", "n", "e", t, x, y)
    p = sp.Rational(2, 5) * (e - (m**2 + n**2) / (2 * rho))
    r, u, v, q = (sp.sympify(item) for item in starts)
    values = (r, r * u, r * v, q / sp.Rational(2, 5) + r * (u**2 + v**2) / 2)
    return Problem(
        domain=Box(t=(0, end), x=(0, 1), y=(0, 1)),
        equations=[
            Eq(rho.diff(t) + div(vector(m, n)), 0),
            Eq(m.diff(t) + div(vector(m**2 / rho + p, m * n / rho)), 0),
            Eq(n.diff(t) + div(vector(m * n / rho, n**2 / rho + p)), 0),
            Eq(e.diff(t) + div(vector((e + p) * m / rho, (e + p) * n / rho)), 0),
        ],
        conditions=[
            *(initial(w, value) for w, value in zip((rho, m, n, e), values, strict=True)),
            *conditions,
        ],
    )


def water(left: float, right: float, end: float, gravity: float = 1.0) -> Problem:
    """A dam at x = 0 between two depths at rest, on (-1, 1)."""
    h, q = unknown("h", "q", t, x)
    return Problem(
        domain=Box(t=(0, end), x=(-1, 1)),
        equations=[
            Eq(h.diff(t) + div(q), 0),
            Eq(q.diff(t) + div(q**2 / h + gravity * h**2 / 2), 0),
        ],
        conditions=[initial(h, jump(left, right, 0.0)), initial(q, 0)],
    )


def read(problem: Problem) -> ConservationLaw:
    """Return the law of a problem that has one."""
    law = law_of(problem)
    assert isinstance(law, ConservationLaw), law
    return law


def march(
    problem: Problem, counts: int | tuple[int, ...], scheme: Scheme | None = None, *, order: int = 2
) -> March:
    """Return the march of a problem on cells; to be called in double precision."""
    volumes = Volumes(Signals(read(problem)), cells_of(problem, counts), scheme)
    return March(volumes, order=order)
