from __future__ import annotations

import sympy as sp

from residuum.catalogue.anchors._flow import momentum, no_slip, open_end
from residuum.problem import space, unknown

NU = sp.Rational(1, 50)


def test_equations_are_met_by_a_known_flow() -> None:
    x, y = space("x", "y")
    u, v, p = unknown("u", "v", "p", x, y)
    # Kovasznay's flow behind a grid (1948) solves Navier-Stokes exactly.
    rate = 1 / (2 * NU) - sp.sqrt(1 / (4 * NU**2) + 4 * sp.pi**2)
    wave, wake = 2 * sp.pi * y, sp.exp(rate * x)
    flow = {
        u: 1 - wake * sp.cos(wave),
        v: rate / (2 * sp.pi) * wake * sp.sin(wave),
        p: -(wake**2) / 2,
    }
    for equation in momentum((u, v), p, NU):
        (residual,) = equation.residuals((x, y))
        assert sp.simplify(residual.subs(flow).doit()) == 0
    still, *_ = momentum((u, v), p, NU, inertia=False)
    assert sp.simplify(still.residuals((x, y))[0].subs(flow).doit()) != 0


def test_conditions_name_their_parts() -> None:
    x, y = space("x", "y")
    u, v, p = unknown("u", "v", "p", x, y)
    walls = no_slip((u, v), "left", "right")
    assert [(item.unknown, item.on) for item in walls] == [
        (u, "left"),
        (v, "left"),
        (u, "right"),
        (v, "right"),
    ]
    along, across = (item.expression((x, y)) for item in open_end((u, v), p, NU, on="end"))
    out = sp.symbols("normal_x normal_y", real=True)
    assert sp.expand(along - NU * (out[0] * u.diff(x) + out[1] * u.diff(y)) + p * out[0]) == 0
    assert sp.expand(across - NU * (out[0] * v.diff(x) + out[1] * v.diff(y)) + p * out[1]) == 0
