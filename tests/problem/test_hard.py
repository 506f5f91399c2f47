"""Hard conditions: the lift carries the values, the distance vanishes where they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum.problem import HardConditions, hard_conditions
from residuum.problem._places import at_points, points_of

from ._statements import (
    STATEMENTS,
    advection,
    bar,
    burgers,
    cavity,
    gray_scott,
    history,
    lorenz,
    oscillator,
    plate,
    t,
    u,
    v,
    w,
    wave,
    x,
    y,
)

HEAT = rs.Eq(u.diff(t), u.diff(x, 2))
BAR = rs.Eq(-w.diff(x, 2), 1)
PLATE = rs.Eq(-rs.laplacian(v), 1)


def ansatz(problem: rs.Problem, hard: HardConditions, j: int) -> Any:
    """Lift plus distance times a function that vanishes nowhere."""
    return hard.lift[j] + hard.distance[j] * (3 + sp.sin(5 * sum(problem.coordinates)))


def assert_met(problem: rs.Problem) -> HardConditions:
    """The ansatz meets every enforced condition at 32 points, up to rounding."""
    hard = hard_conditions(problem)
    for condition in hard.enforced:
        if condition.kind == "periodic":
            continue
        j = problem.unknowns.index(condition.unknown)
        found = ansatz(problem, hard, j)
        if condition.kind == "initial_rate":
            found = found.diff(problem.time)
        points = points_of(problem, condition, 32)
        assert points is not None
        gap = at_points(problem, found - problem.fill(condition.value), points)
        # Products of numbers of size one to ten: rounding of 1e-15 each.
        np.testing.assert_allclose(gap, 0.0, atol=1e-12, err_msg=str(condition))
    return hard


@pytest.mark.parametrize(
    "name",
    [
        *("poisson", "poisson_on_disc", "gentle_transport", "heat", "wave", "burgers"),
        *("allen_cahn", "advection", "gray_scott", "lorenz", "oscillator", "biharmonic"),
        *("schroedinger", "varying", "inverse_heat"),
    ],
)
def test_everything_is_met_exactly(name: str) -> None:
    problem = STATEMENTS[name]()
    hard = assert_met(problem)
    assert set(hard.enforced) == set(problem.conditions)
    assert hard.weighted == ()
    assert hard.note() == "all conditions are met exactly"


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_distance_vanishes_nowhere_inside(name: str) -> None:
    problem = STATEMENTS[name]()
    points = problem.domain.sample(200, key=43)
    columns = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    for distance in hard_conditions(problem).distance:
        found = at_points(problem, distance, points[:, columns])
        assert (found > 0).all()
        # "Of size one": never more than the largest of the normalised factors.
        assert found.max() <= 1.0 + 1e-12


BOXES: dict[str, Any] = {
    "values at both ends": lambda: bar(
        BAR, rs.dirichlet(w, 2, on="x_min"), rs.dirichlet(w, -3, on="x_max")
    ),
    "a value at one end": lambda: bar(
        BAR, rs.dirichlet(w, 2, on="x_max"), rs.neumann(w, 0, on="x_min")
    ),
    "values that agree at the corners": lambda: plate(
        PLATE,
        rs.dirichlet(v, sp.sin(y), on="x_min"),
        rs.dirichlet(v, sp.sin(y) + y, on="x_max"),
        rs.dirichlet(v, 0, on="y_min"),
        rs.dirichlet(v, sp.sin(1) + x, on="y_max"),
    ),
    "one value all around": lambda: plate(PLATE, rs.dirichlet(v, x * y + sp.exp(x))),
    "three sides": lambda: plate(
        PLATE,
        rs.dirichlet(v, y, on="x_min"),
        rs.dirichlet(v, y**2, on="x_max"),
        rs.dirichlet(v, 0, on="y_min"),
        rs.neumann(v, 0, on="y_max"),
    ),
    "moving walls and a start": lambda: history(
        HEAT,
        rs.initial(u, sp.cos(x)),
        rs.dirichlet(u, sp.exp(-t), on="x_min"),
        rs.dirichlet(u, sp.cos(1) + t, on="x_max"),
    ),
    "start, rate and moving walls": lambda: history(
        rs.Eq(u.diff(t, 2), u.diff(x, 2)),
        rs.initial(u, sp.sin(sp.pi * x)),
        rs.initial_rate(u, x * (1 - x)),
        rs.dirichlet(u, 0),
    ),
    "far from the origin": lambda: rs.Problem(
        rs.Box(t=(100, 103), x=(-7, -5)),
        HEAT,
        [rs.initial(u, x + 7), rs.dirichlet(u, x + 7)],
    ),
}


@pytest.mark.parametrize("name", BOXES)
def test_values_on_boxes_are_met(name: str) -> None:
    hard = assert_met(BOXES[name]())
    kinds = {c.kind for c in hard.weighted}
    assert kinds <= {"neumann"}


@pytest.mark.parametrize(
    "shape",
    [
        rs.Disc((1, 2), 0.5),
        rs.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)], name="wall"),
    ],
    ids=["disc", "polygon"],
)
def test_one_value_on_other_shapes_is_met(shape: Any) -> None:
    hard = assert_met(plate(PLATE, rs.dirichlet(v, x * y + 2), domain=shape))
    assert hard.weighted == ()


def test_different_values_on_parts_of_a_shape_are_blended() -> None:
    shape = rs.Polygon([(0, 0), (2, 0), (0, 2)])
    conditions = [
        rs.dirichlet(v, 3 - x, on="edge_0"),
        rs.dirichlet(v, 1 + 0 * x, on="edge_1"),
        rs.dirichlet(v, 3 - y, on="edge_2"),
    ]
    hard = assert_met(plate(PLATE, *conditions, domain=shape))
    assert len(hard.enforced) == 3


def test_combined_shapes_are_left_to_weights() -> None:
    shape = rs.Disc((0, 0), 2, name="outer") - rs.Disc((0, 0), 1, name="inner")
    conditions = [rs.dirichlet(v, 3, on="outer"), rs.dirichlet(v, x, on="inner")]
    hard = hard_conditions(plate(PLATE, *conditions, domain=shape))
    assert not hard.enforced and len(hard.weighted) == 2


def test_a_shape_held_over_time_keeps_its_walls_and_start() -> None:
    h = rs.unknown("h", t, x, y)
    problem = rs.Problem(
        rs.Disc((0, 0), 1).over(t=(0, 2)),
        rs.Eq(h.diff(t), rs.laplacian(h)),
        [rs.initial(h, 1 - x**2 - y**2), rs.dirichlet(h, sp.sin(t))],
    )
    assert assert_met(problem).weighted == ()


def test_slopes_and_fluxes_are_weighted_and_said_so() -> None:
    problem = bar(BAR, rs.dirichlet(w, 0, on="x_min"), rs.robin(w, 1, on="x_max"))
    hard = hard_conditions(problem)
    assert [c.kind for c in hard.enforced] == ["dirichlet"]
    assert [c.kind for c in hard.weighted] == ["robin"]
    assert hard.note() == "met only by weight: robin(w(x), 1, on='x_max')"


def test_jumps_are_weighted() -> None:
    hard = hard_conditions(cavity(1.0))
    assert [c.kind for c in hard.weighted if c.jump] == ["dirichlet"]
    assert "integral" in {c.kind for c in hard.weighted}


def test_weak_forms_enforce_jumps_and_values_on_combined_shapes() -> None:
    hard = hard_conditions(cavity(1.0), starts=False, weak=True)
    assert not [c for c in hard.weighted if c.kind == "dirichlet"]
    lid = next(c.unknown for c in hard.enforced if c.jump)
    lift = hard.lift[cavity(1.0).unknowns.index(lid)]
    read = sp.lambdify((x, y), lift)
    assert read(0.3, 1.0) == pytest.approx(1.0, abs=1e-9)
    assert (read(np.array([0.0, 1.0, 0.4]), np.array([0.5, 0.7, 0.0])) == 0).all()
    assert np.isfinite(read(np.array([0.0, 1.0]), 1.0)).all()
    shape = rs.Disc((0, 0), 2, name="outer") - rs.Disc((0, 0), 1, name="inner")
    conditions = [rs.dirichlet(v, 3, on="outer"), rs.dirichlet(v, x, on="inner")]
    ring = plate(PLATE, *conditions, domain=shape)
    assert hard_conditions(ring, starts=False, weak=True).weighted == ()
    read = sp.lambdify((x, y), hard_conditions(ring, starts=False, weak=True).lift[0])
    assert read(0.0, 2.0) == pytest.approx(3) and read(0.6, 0.8) == pytest.approx(0.6)


def test_a_value_is_not_blended_away_where_it_vanishes_by_itself() -> None:
    # Inflow that is at rest on both walls: only the disc has to bend it.
    channel = rs.Box(x=(0, 2), y=(0, 1)) - rs.Disc((0.6, 0.5), 0.2, name="disc")
    conditions = [rs.dirichlet(v, y * (1 - y), on="x_min")]
    conditions += [rs.dirichlet(v, 0, on=on) for on in ("y_min", "y_max", "disc")]
    conditions.append(rs.neumann(v, 0, on="x_max"))
    problem = plate(PLATE, *conditions, domain=channel)
    lift = hard_conditions(problem, starts=False, weak=True).lift[0]
    read = sp.lambdify((x, y), lift)
    heights = np.linspace(0, 1, 7)
    assert read(0.0, heights) == pytest.approx(heights * (1 - heights), abs=1e-9)
    # Smooth in the corners: the slope along the wall is that of the inflow times a smooth factor.
    near, far = (float(sp.diff(lift, y).subs({x: a, y: b})) for a, b in ((1e-6, 0), (0, 1e-6)))
    assert near == pytest.approx(far, rel=1e-3)


def test_a_value_in_pieces_is_blended_however_small_the_piece() -> None:
    # An inlet through a hundredth of the side, which no sample of points would notice.
    shape = rs.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    inlet = sp.Piecewise((1, (y > 0.495) & (y < 0.505)), (0, True))
    conditions = [rs.dirichlet(v, 0, on=f"edge_{k}") for k in (0, 1, 2)]
    conditions.append(rs.dirichlet(v, inlet, on="edge_3"))
    lift = hard_conditions(plate(PLATE, *conditions, domain=shape)).lift[0]
    read = sp.lambdify((x, y), lift)
    assert read(0.0, 0.5) == pytest.approx(1.0)
    assert read(1.0, 0.5) == 0.0  # on edge_1 the value is zero


def test_values_with_numbers_to_infer_are_weighted() -> None:
    q = rs.parameter("q", bounds=(0.0, 1.0))
    data = rs.observe(w, [0.1], at={"x": [0.5]})
    problem = bar(BAR, rs.dirichlet(w, q), observations=[data])
    assert [c.kind for c in hard_conditions(problem).weighted] == ["dirichlet"]
    assert hard_conditions(problem.replace(given={"q": 0.5})).weighted == ()


def test_nothing_but_periodic_axes_is_enforced_on_request() -> None:
    hard = hard_conditions(gray_scott(), enforce=False)
    assert {c.kind for c in hard.enforced} == {"periodic"}
    assert hard.lift == (0, 0) and hard.distance == (1, 1)
    assert {c.kind for c in hard.weighted} == {"initial"}


def test_periodic_axes_do_not_appear_in_the_distance() -> None:
    (distance,) = hard_conditions(advection()).distance
    assert distance.free_symbols == {t}


def test_the_distance_of_a_start_with_rate_has_a_double_zero() -> None:
    (distance,) = hard_conditions(wave()).distance
    assert distance.subs(t, 0) == 0 and sp.diff(distance, t).subs(t, 0) == 0
    assert sp.diff(distance, t, 2).subs(t, 0) != 0
    for one in hard_conditions(lorenz()).distance:
        assert one.subs(t, 0) == 0 and sp.diff(one, t).subs(t, 0) != 0


def test_lifts_of_ordinary_equations_are_lines() -> None:
    (lift,) = hard_conditions(oscillator()).lift
    assert sp.simplify(lift - 1) == 0


def test_the_lift_of_zero_walls_is_the_start() -> None:
    (lift,) = hard_conditions(burgers()).lift
    # The start itself vanishes at the walls, so nothing is left to correct.
    assert sp.simplify(lift + sp.sin(sp.pi * x)) == 0


def test_a_start_that_a_boundary_pushes_at_once_is_left_to_weights() -> None:
    """Heat that flows in from the first moment leaves a cold start like the root of time."""
    box, cold = rs.Box(t=(0, 1), x=(0, 1)), rs.initial(u, sp.cos(sp.pi * x))
    pushes = [rs.neumann(u, 1, on="x_min"), rs.robin(u, 5, on="x_min")]
    agrees = [rs.neumann(u, x, on="x_min"), rs.robin(u, 1, on="x_min")]
    agrees.append(rs.dirichlet(u, 1, on="x_min"))
    for boundary in (*pushes, *agrees):
        problem = rs.Problem(box, HEAT, [cold, boundary, rs.neumann(u, 0, on="x_max")])
        found = hard_conditions(problem)
        assert (cold in found.enforced) is (boundary in agrees), boundary
        assert (cold in found.weighted) is (boundary in pushes), boundary


@pytest.mark.parametrize("data", [sp.erf(x), sp.Heaviside(x - sp.Rational(1, 3)), sp.Abs(x - 1)])
def test_any_start_and_any_factor_can_be_asked(data: Any) -> None:
    box, h = rs.Box(t=(0, 1), x=(0, 1)), rs.parameter("h", bounds=(0.1, 2))
    for boundary in (rs.neumann(u, 0, on="boundary"), rs.robin(u, 1, a=h)):
        found = hard_conditions(rs.Problem(box, HEAT, [rs.initial(u, data), boundary]))
        assert len(found.enforced) + len(found.weighted) == 2
