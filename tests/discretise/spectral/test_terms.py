"""Equations taken apart: which terms are linear, which operators are kept, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum.discretise.spectral import Split, split
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    grad,
    initial,
    laplacian,
    parameter,
    periodic,
    space,
    time,
    unknown,
)

from ._flows import cahn_hilliard, velocity

t, x = time("t"), space("x")
u: Any = unknown("u", t, x)


def parts_of(problem: Problem) -> Split:
    found = split(problem)
    assert isinstance(found, Split)
    return found


def posed(left: Any, right: Any = 0) -> Problem:
    start = [initial(u, sp.sin(x)), periodic(u, x)]
    return Problem(Box(t=(0, 1), x=(0, 2 * np.pi)), Eq(left, right), start)


def shown(parts: Split) -> list[tuple[int, int, int, tuple[int, ...], float]]:
    return sorted((*term[:4], float(term.factor)) for term in parts.terms)


def test_linear_terms_and_kept_divergence() -> None:
    left = 2 * u.diff(t) + div(u**2 / 2) - 3 * u.diff(x, 2) + u.diff(x, 3) + sp.cos(x)
    parts = parts_of(posed(left))
    assert shown(parts) == [(0, 0, 0, (2,), -3.0), (0, 0, 0, (3,), 1.0), (0, 0, 1, (0,), 2.0)]
    bodies = {p.operator[0][0]: p.body for p in parts.pieces}
    # One transform back and forth for div(u²/2): the value of u is all it needs.
    assert bodies[(1,)].slots == ((0, (0, 0)),)
    assert bodies[(0,)].expression == sp.cos(x)


def test_nested_operators() -> None:
    parts = parts_of(cahn_hilliard(mixed=False))
    terms = {term[2:4]: float(term.factor) for term in parts.terms if term.time == 0}
    # -(laplacian(-u) - 0.09·laplacian²(u)), both unfolded into derivatives.
    total: dict[Any, float] = {}
    for term in parts.terms:
        if term.time == 0:
            total[term.space] = total.get(term.space, 0.0) + float(term.factor)
    assert total == {(2, 0): 1.0, (0, 2): 1.0, (4, 0): 0.09, (0, 4): 0.09, (2, 2): 0.18}
    assert len(terms) == 5
    assert [sorted(index for index, _ in p.operator) for p in parts.pieces] == [[(0, 2), (2, 0)]]


def test_vector_equations_with_known_numbers() -> None:
    parts = parts_of(velocity()[0])
    assert parts.orders == (1, 1, 0) or sorted(parts.orders) == [0, 1, 1]
    pressure = parts.orders.index(0)
    found = {(term.equation, term.space) for term in parts.terms if term.unknown == pressure}
    assert found == {(0, (1, 0)), (1, (0, 1))}


def test_given_numbers_are_filled_in_and_open_ones_kept() -> None:
    known, free = parameter("a", 2.0), parameter("b", 3.0, bounds=(1, 4))
    parts = parts_of(posed(u.diff(t), known * laplacian(u) + free * u.diff(x)))
    by_space = {term.space: term.factor for term in parts.terms}
    assert float(by_space[(2,)]) == -2.0
    assert by_space[(1,)] == -free
    assert parts.nominal == {free: 3.0}


def test_varying_diffusion_stays_an_operator() -> None:
    parts = parts_of(posed(u.diff(t), div((2 + sp.cos(x)) * grad(u))))
    # The constant half is linear, the rest a flux of u_x.
    assert [p.operator[0][0] for p in parts.pieces] == [(1,)]
    assert parts.pieces[0].body.slots == ((0, (0, 1)),)
    assert (0, 0, 0, (2,), -2.0) in shown(parts)


def test_nonlinear_rates_do_not_fit() -> None:
    found = split(posed((2 + sp.sin(x)) * u.diff(t) + u.diff(x)))
    assert isinstance(found, str)
