"""Where members are read: nodes, moments, edges, holes."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, OptionError, SolveFailed
from residuum.datasets._plan import plan
from residuum.problem import RandomHoles
from tests.datasets._families import line

t = rs.time("t")
x, y = rs.space("x", "y")


def strip() -> rs.Family:
    """Return a family that evolves, periodic along x and insulated along y."""
    u, f = rs.unknown("u", t, x, y), rs.coefficient("f", y)
    posed = rs.Problem(
        rs.Box(t=(0, 2), x=(0, 1), y=(0, 3)),
        rs.Eq(u.diff(t) - rs.laplacian(u), f),
        [
            rs.initial(u, 0),
            rs.periodic(u, "x"),
            rs.neumann(u, 0, on="y_min"),
            rs.neumann(u, 0, on="y_max"),
        ],
        given={f: 1},
    )
    return rs.Family(posed, f=rs.GaussianField(waves=4))


def test_periodic_axes_leave_their_end_out() -> None:
    found = plan(strip(), (4, 7), 4)
    assert found.axes["x"].tolist() == [0, 0.25, 0.5, 0.75]
    assert found.axes["y"].tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert found.edges == ("wrap", "copy") and found.times is not None
    assert found.times.tolist() == [0.5, 1, 1.5, 2]
    assert plan(line()).shape == (129,) and plan(line()).edges == ("zero",)
    assert plan(strip()).shape == (64, 65)


def test_members_fill_all_nodes() -> None:
    family = strip()
    found, member = plan(family, (4, 7), [0.5, 2.0]), family.draw(3)
    u = member.unknowns[0]
    exact = rs.Problem(
        member.domain,
        rs.Eq(u.diff(t) - rs.laplacian(u), 0),
        [rs.initial(u, 1), *member.conditions[1:]],
    )
    values = found.values(member, rs.solve(exact, tol=1e-3))
    assert values["f"].shape == (4, 7) and values["u"].shape == (2, 4, 7)
    assert np.abs(values["u"] - 1).max() < 1e-3
    assert np.abs(values["f"] - member.given["f"](found.axes["y"])).max() < 1e-12


def test_nodes_in_holes_are_marked_and_hold_nothing() -> None:
    u = rs.unknown("u", x, y)
    posed = rs.Problem(rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.laplacian(u), 1), [rs.dirichlet(u, 0)])
    family = rs.Family(posed, domain=RandomHoles(1, 0.2))
    found, member = plan(family, 17), family.draw(3)
    values = found.values(member, rs.solve(member, tol=1e-2))
    assert found.inputs == ("inside",)
    outside = values["inside"] == 0
    assert 20 < outside.sum() < 45  # π·0.2²·16² = 32
    assert (values["u"][outside] == 0).all() and values["u"][~outside].max() > 0.01


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(OptionError, match="increasing times"):
        plan(strip(), times=[1.0, 3.0])
    with pytest.raises(OptionError, match="increasing times"):
        plan(strip(), times=[1.0, 0.5])
    with pytest.raises(OptionError, match="unknowns among"):
        plan(strip(), outputs=["v"])
    u, f = rs.unknown("u", t, x), rs.coefficient("f", t)
    moving = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t) - rs.laplacian(u), f),
        [rs.initial(u, 0), rs.dirichlet(u, 0)],
        given={f: 1},
    )
    with pytest.raises(DataError, match="space alone"):
        plan(rs.Family(moving, f=rs.GaussianField(waves=3)))


def test_answers_that_are_not_finite_are_no_labels() -> None:
    class Pole:
        def __init__(self) -> None:
            self.field, self.names = object(), ("u",)

        def at(self, points: np.ndarray) -> np.ndarray:
            with np.errstate(divide="ignore"):
                return 1 / points

    with pytest.raises(SolveFailed, match="finite values of u"):
        plan(line(), 5).values(line().draw(3), Pole())  # type: ignore[arg-type]
