"""Tests of which problems finite volumes take."""

from __future__ import annotations

import pytest

from residuum.discretise.volumes import ConservationLaw, may_jump, suits
from residuum.geometry import Box, Disc
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    initial,
    laplacian,
    parameter,
    robin,
    space,
    time,
    unknown,
)

from ._laws import advection, burgers, gas, jump

t = time("t")
x, y, z = space("x", "y", "z")
u, w = unknown("u", t, x, y), unknown("w", t, x)
free = parameter("c", bounds=(0.0, 1.0))


def test_conservation_laws_suit() -> None:
    for problem in (advection(1), gas((1, 0, 1), (0.125, 0, 0.1), 0.5, 0.2)):
        assert isinstance(suits(problem), ConservationLaw)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (
            Problem(Disc((0, 0), 1).over(t=(0, 1)), Eq(u.diff(t) + div([u, u])), [initial(u, 0)]),
            "box",
        ),
        (Problem(Box(x=(0, 1)), Eq(laplacian(v := unknown("v", x))), [dirichlet(v, 0)]), "steady"),
        (
            Problem(
                Box(t=(0, 1), x=(0, 1), y=(0, 1), z=(0, 1)),
                Eq((a := unknown("a", t, x, y, z)).diff(t) + a.diff(x)),
                [initial(a, 0)],
            ),
            "one and two",
        ),
        (
            Problem(
                Box(t=(0, 1), x=(0, 1)),
                Eq(w.diff(t), w.diff(x, 2)),
                [initial(w, 0), robin(w, 0)],
            ),
            "robin",
        ),
        (Problem(Box(t=(0, 1), x=(0, 1)), Eq(w.diff(t) + w * w.diff(x)), [initial(w, 0)]), "div"),
        (
            Problem(Box(t=(0, 1), x=(0, 1)), Eq(w.diff(t) + div(free * w)), [initial(w, 0)]),
            "c is unknown",
        ),
    ],
    ids=["disc", "steady", "3-D", "robin", "not conserved", "inverse"],
)
def test_what_does_not_suit_is_told(problem: Problem, reason: str) -> None:
    found = suits(problem)
    assert isinstance(found, str) and reason in found, found


def test_where_jumps_are_to_be_expected() -> None:
    assert may_jump(burgers(1 + x, 0.1, around=False)) and may_jump(advection(jump(1, 0, 0.5)))
    assert not may_jump(advection(1))
    heat = Problem(
        Box(t=(0, 1), x=(0, 1)), Eq(w.diff(t), w.diff(x, 2)), [initial(w, 0), dirichlet(w, 0)]
    )
    assert not may_jump(heat)
