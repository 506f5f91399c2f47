"""Constants of domains."""

from __future__ import annotations

import math

import pytest

from residuum.certify.bounds import friedrichs
from residuum.geometry import Box, Disc
from residuum.problem import Condition, Eq, Problem, dirichlet, div, grad, neumann, space, unknown

X, Y = space("x"), space("y")
U = unknown("u", X, Y)


def posed(domain: object, *conditions: Condition) -> Problem:
    return Problem(domain=domain, equations=[Eq(-div(grad(U)), 0)], conditions=conditions)  # type: ignore[arg-type]


def test_boxes_have_their_exact_constant() -> None:
    square = Box(x=(0, 1), y=(0, 1))
    held = friedrichs(posed(square, dirichlet(U, 0)))
    assert held.value == pytest.approx(1 / (math.pi * math.sqrt(2)))
    assert "0.2251" in held.reason
    free = [neumann(U, 0, on=part) for part in ("x_max", "y_min", "y_max")]
    side = friedrichs(posed(square, dirichlet(U, 0, on="x_min"), *free))
    assert side.value == pytest.approx(2 / math.pi)


def test_a_disc_is_bounded_by_its_box() -> None:
    found = friedrichs(posed(Disc((0, 0), 1.0), dirichlet(U, 0)))
    # The exact constant is one over the first zero of J0.
    assert 1 / 2.404825 <= found.value <= 1.1 / 2.404825
