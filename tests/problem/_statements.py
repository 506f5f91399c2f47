"""Statements of well-known equations that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

import residuum as rs

t = rs.time("t")
x, y, z = rs.space("x", "y", "z")
UNIT = rs.Box(x=(0, 1))
SQUARE = rs.Box(x=(0, 1), y=(0, 1))
HISTORY = rs.Box(t=(0, 1), x=(0, 1))
SIDES = ("x_min", "x_max", "y_min", "y_max")

u = rs.unknown("u", t, x)
w = rs.unknown("w", x)
v = rs.unknown("v", x, y)


def bar(equation: rs.Eq, *conditions: Any, **options: Any) -> rs.Problem:
    """A steady statement about w(x) on the unit interval, zero at both ends unless said."""
    return rs.Problem(UNIT, equation, conditions or [rs.dirichlet(w, 0)], **options)


def plate(equation: rs.Eq, *conditions: Any, **options: Any) -> rs.Problem:
    """A steady statement about v(x, y) on the unit square, zero around unless said."""
    domain = options.pop("domain", SQUARE)
    return rs.Problem(domain, equation, conditions or [rs.dirichlet(v, 0)], **options)


def history(equation: rs.Eq, *conditions: Any, **options: Any) -> rs.Problem:
    """An evolution of u(t, x) from sin(πx), zero at both ends unless said."""
    domain = options.pop("domain", HISTORY)
    start = [rs.initial(u, sp.sin(sp.pi * x)), rs.dirichlet(u, 0)]
    return rs.Problem(domain, equation, conditions or start, **options)


def circle(equation: rs.Eq, start: Any, **options: Any) -> rs.Problem:
    """An evolution of u(t, x), periodic in x."""
    return history(equation, rs.initial(u, start), rs.periodic(u, x), **options)


@cache
def poisson() -> rs.Problem:
    return plate(rs.Eq(-rs.laplacian(v), 1), name="poisson")


@cache
def poisson_on_disc() -> rs.Problem:
    return plate(rs.Eq(-rs.laplacian(v), 1), domain=rs.Disc((0, 0), 1))


@cache
def varying() -> rs.Problem:
    k = rs.coefficient("k", x)
    return bar(rs.Eq(-rs.div(k * rs.grad(w)), 1), given={"k": 1 + x**2})


@cache
def callable_coefficient() -> rs.Problem:
    k = rs.coefficient("k", x)
    return bar(rs.Eq(-rs.div(k * rs.grad(w)), 1), given={"k": lambda s: 1 + s * s})


@cache
def anisotropic() -> rs.Problem:
    return plate(rs.Eq(-rs.div([2 * v.diff(x), 3 * v.diff(y)]), 1))


@cache
def crossed() -> rs.Problem:
    return plate(rs.Eq(2 * v.diff(x, 2) + v.diff(x, y) + 2 * v.diff(y, 2), 1))


@cache
def gentle_transport() -> rs.Problem:
    domain = rs.Box(x=(0, 2))
    equation = rs.Eq(10 * w.diff(x) - rs.div(rs.grad(w)), 1)
    return rs.Problem(domain, equation, [rs.dirichlet(w, 0)])


@cache
def sharp_transport() -> rs.Problem:
    return bar(rs.Eq(w.diff(x) - sp.Float(1e-3) * w.diff(x, 2), 1))


@cache
def heat() -> rs.Problem:
    return history(rs.Eq(u.diff(t), rs.div(sp.Rational(1, 10) * rs.grad(u))), name="heat")


@cache
def advection() -> rs.Problem:
    return circle(rs.Eq(u.diff(t) + 2 * u.diff(x), 0), sp.sin(2 * sp.pi * x))


@cache
def wave() -> rs.Problem:
    start = [rs.initial(u, sp.sin(sp.pi * x)), rs.initial_rate(u, 0), rs.dirichlet(u, 0)]
    return history(rs.Eq(u.diff(t, 2), 4 * u.diff(x, 2)), *start)


@cache
def burgers() -> rs.Problem:
    conditions = [rs.initial(u, -sp.sin(sp.pi * x)), rs.dirichlet(u, 0)]
    equation = rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(0.01 / sp.pi * rs.grad(u)))
    return history(equation, *conditions, domain=rs.Box(t=(0, 1), x=(-1, 1)))


@cache
def allen_cahn() -> rs.Problem:
    equation = rs.Eq(u.diff(t), sp.Float(1e-4) * rs.laplacian(u) + 5 * (u - u**3))
    return circle(equation, x**2 * sp.cos(sp.pi * x), domain=rs.Box(t=(0, 1), x=(-1, 1)))


@cache
def kdv() -> rs.Problem:
    return circle(rs.Eq(u.diff(t) + 6 * u * u.diff(x) + u.diff(x, 3), 0), sp.cos(2 * sp.pi * x))


@cache
def kuramoto_sivashinsky() -> rs.Problem:
    equation = rs.Eq(u.diff(t) + u * u.diff(x) + u.diff(x, 2) + u.diff(x, 4), 0)
    return circle(equation, sp.cos(2 * sp.pi * x))


@cache
def helmholtz() -> rs.Problem:
    return plate(rs.Eq(rs.laplacian(v) + 100 * v, 1))


@cache
def reaction_diffusion() -> rs.Problem:
    return bar(rs.Eq(-rs.laplacian(w) + 4 * w, 1), rs.neumann(w, 0))


@cache
def biharmonic() -> rs.Problem:
    conditions = [rs.periodic(v, x), rs.periodic(v, y)]
    return plate(rs.Eq(rs.laplacian(rs.laplacian(v)) + v, sp.cos(2 * sp.pi * x)), *conditions)


def cavity(lid: float, *, convection: bool = True) -> rs.Problem:
    """The lid-driven cavity with viscosity 0.01."""
    a, b, p = rs.unknown("a", "b", "p", x, y)
    carried = [a * c.diff(x) + b * c.diff(y) for c in (a, b)]
    left = rs.vector(*(carried if convection else [0, 0]))
    momentum = rs.Eq(
        left + rs.grad(p),
        rs.vector(*(sp.Rational(1, 100) * rs.laplacian(c) for c in (a, b))),
    )
    walls = [rs.dirichlet(a, 0, on=side) for side in SIDES[:3]]
    conditions = [*walls, rs.dirichlet(a, lid, on="y_max", jump=True), rs.dirichlet(b, 0)]
    return rs.Problem(SQUARE, [momentum, rs.Eq(rs.div([a, b]), 0)], [*conditions, rs.integral(p)])


@cache
def navier_stokes() -> rs.Problem:
    return cavity(2.0)


@cache
def stokes() -> rs.Problem:
    return cavity(2.0, convection=False)


@cache
def gray_scott() -> rs.Problem:
    a, b = rs.unknown("a", "b", t, x, y)
    conditions = [rs.initial(a, 1 - sp.cos(2 * sp.pi * x) / 4), rs.initial(b, sp.Rational(1, 4))]
    conditions += [rs.periodic(c, axis) for c in (a, b) for axis in (x, y)]
    equations = [
        rs.Eq(a.diff(t), 2e-5 * rs.laplacian(a) - a * b**2 + 0.04 * (1 - a)),
        rs.Eq(b.diff(t), 1e-5 * rs.laplacian(b) + a * b**2 - 0.1 * b),
    ]
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1), y=(0, 1)), equations, conditions)


@cache
def lorenz() -> rs.Problem:
    a, b, c = rs.unknown("a", "b", "c", t)
    equations = [
        rs.Eq(a.diff(t), 10 * (b - a)),
        rs.Eq(b.diff(t), a * (28 - c) - b),
        rs.Eq(c.diff(t), a * b - sp.Rational(8, 3) * c),
    ]
    conditions = [rs.initial(item, value) for item, value in ((a, 1), (b, 2), (c, 3))]
    return rs.Problem(rs.Box(t=(0, 5)), equations, conditions)


@cache
def oscillator() -> rs.Problem:
    q = rs.unknown("q", t)
    equation = rs.Eq(q.diff(t, 2) + q.diff(t) / 5 + 9 * q, 0)
    return rs.Problem(rs.Box(t=(0, 3)), equation, [rs.initial(q, 1), rs.initial_rate(q, 0)])


@cache
def inverse_heat() -> rs.Problem:
    D = rs.parameter("D", bounds=(0.1, 2.0))
    times = np.linspace(0.1, 0.9, 5)
    data = rs.observe(u, np.exp(-times), at={"t": times, "x": 0.5}, noise=0.01)
    return history(rs.Eq(u.diff(t), rs.div(D * rs.grad(u))), observations=[data])


@cache
def schroedinger() -> rs.Problem:
    a, b = rs.unknown("a", "b", t, x)
    equations = [rs.Eq(a.diff(t), -b.diff(x, 2)), rs.Eq(b.diff(t), a.diff(x, 2))]
    conditions = [rs.initial(a, sp.cos(2 * sp.pi * x)), rs.initial(b, sp.sin(2 * sp.pi * x))]
    return rs.Problem(HISTORY, equations, [*conditions, rs.periodic(a, x), rs.periodic(b, x)])


@cache
def closed_by_learning() -> rs.Problem:
    return bar(rs.Eq(-w.diff(x, 2) + rs.closure("c", w), 1))


STATEMENTS: dict[str, Callable[[], rs.Problem]] = {
    rule.__name__: rule
    for rule in (
        *(poisson, poisson_on_disc, varying, callable_coefficient, anisotropic, crossed),
        *(gentle_transport, sharp_transport, heat, advection, wave, burgers, allen_cahn, kdv),
        *(kuramoto_sivashinsky, helmholtz, reaction_diffusion, biharmonic, navier_stokes),
        *(stokes, gray_scott, lorenz, oscillator, inverse_heat, schroedinger),
        closed_by_learning,
    )
}
