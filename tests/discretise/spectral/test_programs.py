"""Solves that differ in their start alone share compiled programs, and get their own answers."""

from __future__ import annotations

import numpy as np

import residuum as rs
from residuum._core import double_precision
from residuum.discretise.spectral import program_of
from residuum.discretise.spectral._modes import Modes
from residuum.discretise.spectral._periodic import periodic_axes
from residuum.discretise.spectral._terms import Split, split

t, x = rs.time("t"), rs.space("x")
u, start, load = rs.unknown("u", t, x), rs.coefficient("start", x), rs.coefficient("load", x)


def modes(count: int = 16, speed: float = 1.0, **given: object) -> Modes:
    posed = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t) + speed * rs.div(u**2), 0.1 * u.diff(x, x) + load),
        [rs.initial(u, start), rs.periodic(u, "x")],
        given={start: 1, load: 1, **given},
    )
    parts = split(posed)
    assert isinstance(parts, Split)
    return Modes(posed, parts, periodic_axes(posed, count))


def test_what_is_not_an_array_tells_programs_apart() -> None:
    with double_precision():
        same = program_of(modes())
        assert program_of(modes(start=lambda x: np.sin(2 * np.pi * x))) == same
        assert program_of(modes(load=lambda x: np.cos(2 * np.pi * x))) == same
        assert program_of(modes(count=32)) != same
        assert program_of(modes(speed=2.0)) != same


def test_members_get_their_own_answers_from_shared_programs() -> None:
    posed = rs.Problem(
        rs.Box(t=(0, 0.2), x=(0, 1)),
        rs.Eq(u.diff(t), 0.1 * u.diff(x, x) + load),
        [rs.initial(u, start), rs.periodic(u, "x")],
        given={start: 1, load: 1},
    )
    places = np.linspace(0, 1, 7)
    for wave in (1, 2):
        turn = 2 * np.pi * wave

        def shape(x: np.ndarray, turn: float = turn) -> np.ndarray:
            return np.cos(turn * x)

        rate = 0.1 * turn**2
        exact = np.exp(-0.2 * rate) + (1 - np.exp(-0.2 * rate)) / rate
        answer = rs.solve(posed.replace(given={start: shape, load: shape}), rs.Spectral())
        # The default tolerance of the method is 1e-6.
        assert np.abs(answer(t=0.2, x=places) - exact * shape(places)).max() < 1e-5
