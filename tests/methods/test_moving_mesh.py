"""The moving mesh as a method: agreement of two levels is kept as a promise."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError
from residuum.catalogue import case
from residuum.catalogue._burgers import cole_hopf
from residuum.methods._moving_mesh import MovingMesh

t = rs.time("t")
x, y = rs.space("x", "y")


def test_a_steep_front_is_solved_to_the_tolerance() -> None:
    answer = rs.solve(
        case("burgers").problem(), MovingMesh(cells=24), tol=2e-2, progress=False, refine=None
    )
    assert answer.result.ok and answer.certificate.kind == "estimate"
    places = np.linspace(-0.999, 0.999, 400)
    points = np.column_stack([np.full(400, 0.7), places])
    exact = cole_hopf(points)[:, 0]
    found = np.asarray(answer.field.numeric(points))[:, 0]
    assert np.linalg.norm(found - exact) < 2e-2 * np.linalg.norm(exact)


def test_what_does_not_suit_is_refused_with_the_reason() -> None:
    u, v = rs.unknown("u", t, x), rs.unknown("v", x, y)
    steady = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.laplacian(v), 1), [rs.dirichlet(v, 0)]
    )
    ring = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t), rs.laplacian(u)),
        [rs.initial(u, 1), rs.periodic(u, x)],
    )
    wave = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t, 2), rs.laplacian(u)),
        [rs.initial(u, 1), rs.initial_rate(u, 0), rs.dirichlet(u, 1)],
    )
    for problem, reason in ((steady, "steady"), (ring, "periodic"), (wave, "first order")):
        assert reason in str(MovingMesh().refuse(problem))


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="four cells"):
        MovingMesh(cells=2)
    with pytest.raises(OptionError, match="positive strength"):
        MovingMesh(lag=0.0)
