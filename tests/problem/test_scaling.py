"""Sizes of coordinates, unknowns and equations; metres and nanometres alike."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import double_precision
from residuum.problem import pointwise, scaling
from residuum.problem._places import interior_points
from residuum.problem._scaling import bounds_of

from ._statements import bar, gray_scott, heat, history, inverse_heat, lorenz, poisson, t, u, w, x


def in_unit(name: str, metre: float) -> rs.Problem:
    """The same physics, its lengths counted in another unit: one metre is ``metre`` of them."""
    L = metre
    if name == "heat":
        start = rs.initial(u, 300 * sp.sin(sp.pi * x / L))
        domain = rs.Box(t=(0, 1), x=(0, L))
        equation = rs.Eq(u.diff(t), rs.div(0.1 * L**2 * rs.grad(u)))
        return rs.Problem(domain, equation, [start, rs.dirichlet(u, 0)])
    if name == "burgers":
        domain = rs.Box(t=(0, 1), x=(-L, L))
        equation = rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(0.01 * L**2 * rs.grad(u)))
        start = rs.initial(u, -L * sp.sin(sp.pi * x / L))
        return rs.Problem(domain, equation, [start, rs.dirichlet(u, 0)])
    # A loaded bar: no value but the source says how large the answer is.
    return rs.Problem(rs.Box(x=(0, 2 * L)), rs.Eq(-(L**2) * w.diff(x, 2), 5), [rs.dirichlet(w, 0)])


def dimensionless(problem: rs.Problem) -> np.ndarray:
    """Every term of every equation, at the typical state, over the size of the equation."""
    sizes = scaling(problem)
    found = []
    with double_precision():
        points = jnp.asarray(interior_points(problem, 8, 19))
        for r, residual in enumerate(problem.residuals):
            at = pointwise(problem, residual)
            state = {slot: jnp.full(8, sizes.typical(slot)) for slot in at.slots}
            slopes = at.slopes(points, state)
            found += [slopes[s] * sizes.typical(s) / sizes.residuals[r] for s in sorted(slopes)]
    return np.array(found)


@pytest.mark.parametrize("unit", [1e9, 1e-6, 0.3048])
@pytest.mark.parametrize("name", ["heat", "burgers", "bar"])
def test_metres_and_nanometres_have_the_same_dimensionless_numbers(name: str, unit: float) -> None:
    metre, other = dimensionless(in_unit(name, 1.0)), dimensionless(in_unit(name, unit))
    assert np.abs(metre).max() > 0.1
    # A dozen products and quotients, each wrong by 1e-16.
    np.testing.assert_allclose(other, metre, rtol=1e-12, atol=1e-12)


def test_coordinates_are_centred_and_halved() -> None:
    problem = history(rs.Eq(u.diff(t), u.diff(x, 2)), domain=rs.Box(t=(0, 3), x=(0, 1)))
    sizes = scaling(problem)
    assert sizes.centre.tolist() == [1.5, 0.5]
    assert sizes.half_width.tolist() == [1.5, 0.5]


def test_bounds_follow_the_coordinates_of_the_problem() -> None:
    domain = rs.Box(x=(0, 1), t=(0, 3))
    problem = history(rs.Eq(u.diff(t), u.diff(x, 2)), domain=domain)
    assert bounds_of(problem).tolist() == [[0.0, 3.0], [0.0, 1.0]]
    points = interior_points(problem, 50, 17)
    assert points[:, 0].max() > 1.0 and points[:, 1].max() < 1.0


def test_points_inside_depend_on_the_key_alone() -> None:
    assert (interior_points(heat(), 9, 3) == interior_points(heat(), 9, 3)).all()
    assert (interior_points(heat(), 9, 3) != interior_points(heat(), 9, 4)).any()


def test_known_values_say_how_large_an_unknown_is() -> None:
    # 128 points miss the peak of a sine by less than 1 - cos(π/128) = 3e-4.
    assert scaling(heat()).magnitudes == pytest.approx([1.0], rel=1e-3)
    wall = bar(
        rs.Eq(-w.diff(x, 2), 0), rs.dirichlet(w, 7, on="x_min"), rs.neumann(w, 0, on="x_max")
    )
    assert scaling(wall).magnitudes == pytest.approx([7.0], rel=1e-15)


def test_observations_say_how_large_an_unknown_is() -> None:
    data = rs.observe(w, [3.0, -40.0], at={"x": [0.1, 0.2]})
    problem = bar(rs.Eq(-w.diff(x, 2), 1), observations=[data])
    assert scaling(problem).magnitudes.tolist() == [40.0]


def test_sources_say_how_large_an_unknown_is() -> None:
    # |f| L²/a with L the half-width: 8·0.5²/2.
    problem = bar(rs.Eq(-2 * w.diff(x, 2), 8))
    assert scaling(problem).magnitudes == pytest.approx([1.0], rel=1e-12)


def test_an_unknown_of_unknown_size_takes_that_of_the_largest() -> None:
    a, b = rs.unknown("a", "b", x)
    equations = [rs.Eq(-a.diff(x, 2), 0), rs.Eq(-b.diff(x, 2), 0)]
    conditions = [
        rs.dirichlet(a, 5, on="x_min"),
        rs.dirichlet(a, 5, on="x_max"),
        rs.dirichlet(b, 0),
    ]
    problem = rs.Problem(rs.Box(x=(0, 1)), equations, conditions)
    assert scaling(problem).magnitudes.tolist() == [5.0, 5.0]


def test_a_problem_of_zeros_has_size_one() -> None:
    problem = bar(rs.Eq(-w.diff(x, 2), 0))
    assert scaling(problem).magnitudes.tolist() == [1.0]
    assert np.isfinite(scaling(problem).residuals).all()


def test_typical_sizes_of_derivatives() -> None:
    sizes = scaling(history(rs.Eq(u.diff(t), u.diff(x, 2)), domain=rs.Box(t=(0, 4), x=(0, 1))))
    m = sizes.magnitudes[0]
    assert sizes.typical((0, (0, 0))) == m
    assert sizes.typical((0, (1, 0))) == pytest.approx(m / 2, rel=1e-15)
    assert sizes.typical((0, (1, 2))) == pytest.approx(m / 2 / 0.25, rel=1e-15)


@pytest.mark.parametrize("pose", [poisson, inverse_heat, gray_scott, lorenz])
def test_every_size_is_positive_and_finite(pose: Any) -> None:
    sizes, problem = scaling(pose()), pose()
    assert sizes.magnitudes.shape == (len(problem.unknowns),)
    assert sizes.residuals.shape == (len(problem.residuals),)
    for array in (sizes.half_width, sizes.magnitudes, sizes.residuals):
        assert (array > 0).all() and np.isfinite(array).all()


def test_a_unit_of_the_unknown_changes_only_its_size() -> None:
    def posed(unit: float) -> rs.Problem:
        start = rs.initial(u, unit * sp.sin(sp.pi * x))
        return history(rs.Eq(u.diff(t), u.diff(x, 2)), start, rs.dirichlet(u, 0))

    one, kilo = scaling(posed(1.0)), scaling(posed(1e-3))
    # One product with 1e-3.
    np.testing.assert_allclose(kilo.magnitudes, 1e-3 * one.magnitudes, rtol=1e-12)
    np.testing.assert_allclose(kilo.residuals, 1e-3 * one.residuals, rtol=1e-12)
    assert (kilo.half_width == one.half_width).all()
