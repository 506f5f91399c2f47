from __future__ import annotations

import sympy as sp

import residuum as rs
from residuum.catalogue.pinnacle._flow import momentum, outlet, wall

t = rs.time("t")
x, y = rs.space("x", "y")
STEADY, SWINGING = rs.unknown("u", "v", "p", x, y), rs.unknown("u", "v", "p", t, x, y)
NU = sp.Rational(1, 7)


def left(
    flow: tuple[sp.Expr, ...], fields: tuple[sp.Expr, ...], **options: object
) -> list[sp.Expr]:
    known = dict(zip(flow, map(sp.sympify, fields), strict=True))
    equations = momentum(flow, NU, **options)  # type: ignore[arg-type]
    return [sp.simplify(r.subs(known).doit()) for e in equations for r in e.residuals((x, y))]


def test_known_flows_leave_nothing() -> None:
    channel = (y * (1 - y), 0, -2 * NU * x)
    turning = (y, -x, (x**2 + y**2) / 2)
    assert left(STEADY, channel) == left(STEADY, turning) == [0, 0, 0]


def test_a_decaying_vortex_leaves_nothing() -> None:
    fade = sp.exp(-2 * NU * t)
    fields = (
        -sp.cos(x) * sp.sin(y) * fade,
        sp.sin(x) * sp.cos(y) * fade,
        -(sp.cos(2 * x) + sp.cos(2 * y)) / 4 * fade**2,
    )
    assert left(SWINGING, fields) == [0, 0, 0]


def test_a_force_pushes_to_the_right_side() -> None:
    assert left(SWINGING, (2 * t, 3 * t, 0), force=(2, 3)) == [0, 0, 0]


def test_walls_hold_and_outlets_let_go() -> None:
    assert [(c.unknown, c.on) for c in wall(STEADY, "y_min")] == [
        (STEADY[0], "y_min"),
        (STEADY[1], "y_min"),
    ]
    # A developed channel flow leaves through a vertical outlet where its pressure is zero.
    known = dict(zip(STEADY, (y * (1 - y), sp.S.Zero, -2 * NU * (x - 3)), strict=True))
    forces = [c.expression((x, y)).subs(known).doit() for c in outlet(STEADY, NU, "x_max")]
    across = {s: n for f in forces for s in f.free_symbols for n in (1,) if str(s) == "normal_x"}
    across |= {s: 0 for f in forces for s in f.free_symbols if str(s) == "normal_y"}
    assert [sp.simplify(f.subs(across).subs(x, 3)) for f in forces] == [0, 0]
