"""Where pictures cut, and the values there."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum.problem._slice import FEWEST, SIDE, cut

from ._statements import gray_scott, heat, lorenz, poisson, poisson_on_disc

HIDDEN = rs.Box(x=(0, 1), y=(0, 1), z=(0, 1)) - rs.Ball((0.5, 0.5, 0.5), 0.3)


def ones(points: np.ndarray) -> np.ndarray:
    return np.ones((len(points), 1))


def sizes(problem: rs.Problem) -> tuple[int, ...]:
    return cut(problem).lengths


def test_a_slice_is_the_end_of_time() -> None:
    place = cut(gray_scott())
    assert place.shown == ("x", "y") and place.spatial
    assert place.axes["t"].tolist() == [1.0] and place.fixed == "t = 1"
    # At the end of time every point is on the boundary of space and time, yet inside in space.
    assert place.inside.all() and place.distance.min() < -0.1


def test_time_is_shown_where_there_is_room() -> None:
    place = cut(heat())
    assert place.shown == ("t", "x") and not place.spatial and place.aspect is None
    assert place.fixed == "" and place.lengths == (SIDE, SIDE)
    assert cut(lorenz()).shown == ("t",)


def test_without_space_all_points_are_inside() -> None:
    assert cut(lorenz()).inside.all()


@pytest.mark.parametrize(("height", "aspect"), [(1.0, 1.0), (0.25, 4.0), (4.0, 0.25)])
def test_steps_are_even_in_a_plane(height: float, aspect: float) -> None:
    place = cut(poisson().replace(domain=rs.Box(x=(0, 1), y=(0, height))))
    assert place.aspect == pytest.approx(aspect)
    steps = [np.diff(place.axes[name])[0] for name in place.shown]
    # Whole numbers of about 100 points and more.
    assert steps[0] == pytest.approx(steps[1], rel=0.02)
    assert place.lengths[0] * place.lengths[1] == pytest.approx(SIDE**2, rel=0.02)


def test_hairs_are_stretched() -> None:
    place = cut(poisson().replace(domain=rs.Box(x=(0, 1), y=(0, 1e-3))))
    assert place.aspect is None and min(place.lengths) >= FEWEST


def test_values_outside_are_masked() -> None:
    place = cut(poisson_on_disc())
    values = place.values(ones)
    assert values.shape == (SIDE, SIDE, 1)
    # 1 - π/4 of the square, on 201² points: the circle of 800 points' length is half in, half out.
    assert np.ma.getmaskarray(values).mean() == pytest.approx(1 - np.pi / 4, abs=0.01)
    assert float(values.sum()) == int(place.inside.sum())


def test_the_rim_takes_the_nearest_value() -> None:
    place = cut(poisson_on_disc())
    values = place.values(lambda points: points[:, :1])[..., 0]
    rim = place.rimmed(values)
    added = np.ma.getmaskarray(values) & ~np.ma.getmaskarray(rim)
    assert added.any() and not (np.ma.getmaskarray(rim) & place.inside).any()
    grid = np.broadcast_to(place.axes["x"][:, None], rim.shape)
    # Two steps of 0.01 at most.
    assert np.abs(rim - grid)[added].max() <= 0.02 + 1e-12
    np.testing.assert_array_equal(rim[place.inside], values[place.inside])


def test_the_cut_meets_the_domain() -> None:
    shell = rs.Ball((0, 0, 0), 1) - rs.Box(x=(-0.1, 0.3), y=(-2, 2), z=(-2, 2))
    points = rs.space("x", "y", "z")
    u = rs.unknown("u", *points)
    place = cut(rs.Problem(shell, rs.Eq(rs.laplacian(u), 0), [rs.dirichlet(u, 0)]))
    # Its middle, 0, is cut away; the next place tried is 0.4 of the way from -1 to 1.
    assert place.fixed == "x = -0.2" and place.inside.any()


def test_solids_are_cut_in_the_middle() -> None:
    points = rs.space("x", "y", "z")
    u = rs.unknown("u", *points)
    place = cut(rs.Problem(HIDDEN, rs.Eq(rs.laplacian(u), 0), [rs.dirichlet(u, 0)]))
    assert place.shown == ("y", "z") and place.fixed == "x = 0.5"
    assert not place.inside.all()
