"""Problems in time alone whose solutions are known."""

from __future__ import annotations

from typing import Any

import sympy as sp

from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, initial_rate, parameter, time, unknown

t = time("t")


def decay(rate: float = 1.0, end: float = 3.0) -> Problem:
    """u' = -k u from 1, with k a parameter."""
    u, k = unknown("u", t), parameter("k", rate)
    return Problem(Box(t=(0, end)), Eq(u.diff(t), -k * u), [initial(u, 1)])


def oscillator(end: float = 10.0) -> Problem:
    """x'' = -x from 1 at rest: cos t."""
    x = unknown("x", t)
    return Problem(Box(t=(0, end)), Eq(x.diff(t, 2), -x), [initial(x, 1), initial_rate(x, 0)])


def robertson(algebraic: bool, end: float = 40.0) -> Problem:
    """Robertson's reaction, with the third rate or with conservation of mass."""
    a, b, c = unknown("a", "b", "c", t)
    last = Eq(a + b + c, 1) if algebraic else Eq(c.diff(t), 30_000_000 * b**2)
    slow, fast = sp.Rational(4, 100) * a, 10_000 * b * c
    return Problem(
        Box(t=(0, end)),
        [
            Eq(a.diff(t), -slow + fast),
            Eq(b.diff(t), slow - fast - 30_000_000 * b**2),
            last,
        ],
        [initial(a, 1), initial(b, 0)] + ([] if algebraic else [initial(c, 0)]),
    )


def pendulum(index: int) -> Problem:
    """A pendulum of length one by its tension, with the constraint or its second derivative."""
    x, y, tension = unknown("x", "y", "tension", t)
    kept = Eq(x.diff(t) ** 2 + y.diff(t) ** 2 - tension * (x**2 + y**2) - y, 0)
    return Problem(
        Box(t=(0, 5)),
        [
            Eq(x.diff(t, 2), -tension * x),
            Eq(y.diff(t, 2), -tension * y - 1),
            kept if index == 1 else Eq(x**2 + y**2, 1),
        ],
        [initial(x, 1), initial_rate(x, 0), initial(y, 0), initial_rate(y, 0)],
    )


def circuit(second: float = -0.5) -> Problem:
    """Two nodes joined by a capacitor: the sum of the equations has no time derivative."""
    v, w = unknown("v", "w", t)
    return Problem(
        Box(t=(0, 10)),
        [Eq(v.diff(t) - w.diff(t) + v, sp.sin(t)), Eq(w.diff(t) - v.diff(t) + w, 0)],
        [initial(v, 0.5), initial(w, second)],
    )


def diode(guess: Any = None) -> Problem:
    """A capacitor fed through a diode: the current solves i = exp(4 (1 + sin t - u - i)) - 1."""
    u, i = unknown("u", "i", t)
    law = sp.exp(4 * (1 + sp.sin(t) - u - i)) - 1
    given = [initial(u, 0)] + ([] if guess is None else [initial(i, guess)])
    return Problem(Box(t=(0, 6)), [Eq(u.diff(t), i - u / 2), Eq(i, law)], given)


def ball(end: float = 3.0) -> Problem:
    """A ball dropped from height one."""
    y, v = unknown("y", "v", t)
    fall = [Eq(y.diff(t), v), Eq(v.diff(t), -sp.Rational(981, 100))]
    return Problem(Box(t=(0, end)), fall, [initial(y, 1), initial(v, 0)])


def columns(problem: Problem, *names: str) -> list[int]:
    """Return where unknowns stand: their order is that of their appearance."""
    found = [str(u.func) for u in problem.unknowns]
    return [found.index(name) for name in names]
