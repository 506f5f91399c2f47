"""What elements refuse, and why."""

from __future__ import annotations

import pytest

from residuum.discretise.elements import refuse_elements
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    grad,
    initial,
    integral,
    laplacian,
    neumann,
    parameter,
    unknown,
)
from residuum.problem import div as divergence
from tests.discretise.elements._posed import LINE, SQUARE, around, t, v, x

u, q = unknown("u", t, x), unknown("q", t)
MOMENT = Box(t=(0, 1), x=(0, 1))
START = [initial(u, 0)]
HEAT = Eq(u.diff(t), divergence(grad(u)))


def test_a_diffusion_suits() -> None:
    assert refuse_elements(Problem(SQUARE, Eq(-laplacian(v), 1), around(v, x, SQUARE))) is None
    assert refuse_elements(Problem(MOMENT, HEAT, [*START, dirichlet(u, 0)])) is None


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (Problem(Box(t=(0, 1)), Eq(q.diff(t), -q), [initial(q, 1)]), "a domain in space"),
        (
            Problem(MOMENT, Eq(u.diff(t) + u.diff(x), 0), [*START, dirichlet(u, 0, on="x_min")]),
            "without diffusion",
        ),
        (
            Problem(
                MOMENT,
                HEAT,
                [*START, integral(u, 0)] + [neumann(u, 0, on=part) for part in LINE.parts],
            ),
            "only fix a pressure",
        ),
        (
            Problem(
                MOMENT,
                Eq(u.diff(t), parameter("k", bounds=(1, 2)) * divergence(grad(u))),
                [*START, dirichlet(u, 0)],
            ),
            "k is unknown",
        ),
    ],
    ids=["ordinary", "transport", "mean", "inverse"],
)
def test_what_does_not_suit_is_told_why(problem: Problem, reason: str) -> None:
    assert reason in (refuse_elements(problem) or "")
