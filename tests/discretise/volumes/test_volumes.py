"""Tests of the rate of cell means: conservation, symmetry, order, variation."""

from __future__ import annotations

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import in_double_precision
from residuum.discretise.volumes import (
    Minmod,
    Rusanov,
    Scheme,
    Signals,
    Volumes,
    cells_of,
)
from residuum.discretise.volumes._volumes import DIFFUSIVE
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    WellPosednessWarning,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    periodic,
    unknown,
    vector,
)

from ._laws import (
    advection,
    burgers,
    gas,
    gas_plane,
    jump,
    read,
    t,
    water,
    x,
    y,
)


def volumes(
    problem: Problem, counts: int | tuple[int, ...], scheme: Scheme | None = None
) -> Volumes:
    return Volumes(Signals(read(problem)), cells_of(problem, counts), scheme)


def rate_of(made: Volumes, state: np.ndarray) -> np.ndarray:
    rule = jax.jit(lambda v: made.rate(v, made.begin, made.law.values())[0])
    return np.asarray(rule(jnp.asarray(state)))


@in_double_precision
def test_the_rate_of_means_is_of_second_order() -> None:
    errors = []
    for n in (32, 64, 128):
        made = volumes(advection(sp.sin(2 * sp.pi * x)), n)
        edges = np.arange(n + 1) / n
        # The exact rate of a cell mean is minus the difference of the values at its faces.
        exact = -np.diff(np.sin(2 * np.pi * edges)) * n
        errors.append(np.abs(rate_of(made, made.start)[0] - exact).mean())
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    # First order at the two extrema, where slopes are cut; elsewhere second: 2 in the mean.
    assert (orders > 1.7).all(), errors


@pytest.mark.parametrize("scheme", [Scheme(), Scheme(Minmod(2.0), Rusanov())], ids=["hll", "rus"])
@in_double_precision
def test_what_leaves_a_cell_enters_its_neighbour(scheme: Scheme) -> None:
    made = volumes(burgers(1, 0.1), 40, scheme)
    state = np.random.default_rng(41).normal(size=(1, 40))
    rate = rate_of(made, state)
    # A sum of 40 differences of numbers up to 40·4.
    assert abs(rate.sum()) < 1e-12 * np.abs(rate).sum()


@in_double_precision
def test_a_uniform_flow_is_left_alone() -> None:
    made = volumes(gas_plane((2, 1, -3, 0.5), 0.1), (6, 8))
    rate = rate_of(made, made.start)
    # Differences of equal fluxes, up to 30, over a width of 1/8.
    assert np.abs(rate).max() < 1e-11


@in_double_precision
def test_a_linear_profile_between_given_ends_is_exact() -> None:
    u = unknown("u", t, x)
    problem = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t) + div(3 * u), 0),
        [initial(u, 2 + x), dirichlet(u, 2, on="x_min")],
    )
    made = volumes(problem, 8)
    rate = rate_of(made, made.start)[0]
    # u_t = -3 u_x = -3, but for the last cell, whose slope nothing outside supports.
    np.testing.assert_allclose(rate[:-1], -3.0, rtol=1e-12)


@in_double_precision
def test_turning_the_axes_turns_the_rate() -> None:
    made = volumes(gas_plane((1, 0, 0, 1), 0.1), 8)
    random = np.random.default_rng(43)
    state = np.stack([1 + random.uniform(size=(8, 8)) for _ in range(4)])
    state[3] += 4
    order = [0, 2, 1, 3]
    turned = np.swapaxes(state, 1, 2)[order]
    expected = np.swapaxes(rate_of(made, state), 1, 2)[order]
    # The sum over the axes is taken in the other order: rounding of terms up to some hundred.
    np.testing.assert_allclose(rate_of(made, turned), expected, rtol=0, atol=1e-12 * 100)


@in_double_precision
def test_four_walls_let_no_mass_and_no_energy_through() -> None:
    plain = gas_plane((1, 0, 0, 1), 0.1)
    _, m, n, _ = plain.unknowns
    walls = [dirichlet(m, 0, on=f"x_{end}") for end in ("min", "max")]
    walls += [dirichlet(n, 0, on=f"y_{end}") for end in ("min", "max")]
    with warnings.catch_warnings():
        # Two walls give a momentum at both ends: right for a system, doubted for a scalar.
        warnings.simplefilter("ignore", WellPosednessWarning)
        made = volumes(gas_plane((1, 0, 0, 1), 0.1, *walls), 6)
    random = np.random.default_rng(71)
    state = np.concatenate([1 + random.uniform(size=(3, 6, 6)), 5 + np.ones((1, 6, 6))])
    rate = rate_of(made, state)
    for j in (0, 3):
        # 36 numbers up to some hundred.
        assert abs(rate[j].sum()) < 1e-12 * np.abs(rate[j]).sum()
    assert abs(rate[1].sum()) > 1


@pytest.mark.slow
@in_double_precision
def test_diffusion_with_a_varying_and_given_coefficient() -> None:
    u, k = unknown("u", t, x, y), coefficient("k", x, y)
    wave = sp.sin(2 * sp.pi * x) * sp.cos(2 * sp.pi * y)
    much = 1 + sp.cos(2 * sp.pi * y) / 2
    right = sp.diff(much * sp.diff(wave, x), x) + sp.diff(much * sp.diff(wave, y), y)
    right += sp.diff(sp.diff(wave, y), x) / 4
    exact = sp.lambdify((x, y), right, "numpy")
    errors = []
    for n in (16, 32, 64):
        problem = Problem(
            Box(t=(0, 1), x=(0, 1), y=(0, 1)),
            Eq(u.diff(t), div(k * grad(u)) + div(vector(u.diff(y) / 4, 0))),
            [initial(u, wave), periodic(u, "x"), periodic(u, "y")],
            given={k: much},
        )
        made = volumes(problem, n)
        values = exact(*made.cells.centres.T).reshape(n, n)
        errors.append(np.abs(rate_of(made, made.start)[0] - values).max())
    # Central differences: second order.
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 1.9).all(), errors
    (need,) = (made.rate(jnp.asarray(made.start), 0.0, {})[1],)
    # 2 D/h² per axis with D up to 1.5 (at faces a little less), over its safety.
    assert float(need) == pytest.approx(2 * 2 * 1.5 * 64**2 / DIFFUSIVE, rel=1e-2)


@in_double_precision
def test_need_is_speed_over_width_and_courant_number() -> None:
    made = volumes(advection(sp.sin(2 * sp.pi * x), speed=-3), 50, Scheme(cfl=0.25))
    need = made.rate(jnp.asarray(made.start), 0.0, {})[1]
    assert float(need) == pytest.approx(3 * 50 / 0.25, rel=1e-14)
    assert made.pace() == pytest.approx(float(need), rel=1e-14)


@in_double_precision
def test_initial_data_are_averaged_and_checked() -> None:
    made = volumes(burgers(jump(1.0, 0.0, 0.5), 0.1, around=False), 5)
    # The third cell is cut in half by the jump; sixteen points tell halves exactly.
    np.testing.assert_allclose(made.start, [[1, 1, 0.5, 0, 0]], rtol=1e-14)
    assert made.unreal() is None
    hollow = volumes(gas((1, 0, -1), (1, 0, 1), 0.5, 0.1), 8)
    assert "not real" in (hollow.unreal() or "")
    dry = volumes(water(1.0, 0.0, 0.1), 8)
    assert dry.notes and (dry.start[0] > 0).all()
    assert bool(dry.admissible(jnp.asarray(dry.start), 0.0, {}))
