"""Tests of what must stay positive, and of the limiter that keeps it so."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import in_double_precision
from residuum.discretise.volumes import Positive, Signals
from residuum.discretise.volumes._positive import SHARE, candidates, positive_of

from ._laws import advection, burgers, gas, gas_plane, read, water, x


def test_density_and_pressure_are_found() -> None:
    law = read(gas((1, 0, 1), (0.125, 0, 0.1), 0.5, 0.2))
    rho, m, e = law.problem.unknowns
    found = candidates(Signals(law))
    assert found[0] == rho
    pressure = e - m**2 / (2 * rho)
    assert any(sp.simplify(item / pressure).is_number for item in found)
    plane = read(gas_plane((1, 0, 0, 1), 0.1))
    rho, m, n, e = plane.problem.unknowns
    pressure = e - (m**2 + n**2) / (2 * rho)
    assert any(sp.simplify(item / pressure).is_number for item in candidates(Signals(plane)))


def test_the_depth_is_found_and_scalars_are_free() -> None:
    law = read(water(2.0, 1.0, 0.1))
    assert candidates(Signals(law)) == [law.problem.unknowns[0]]
    assert candidates(Signals(read(burgers(1, 0.1)))) == []
    assert candidates(Signals(read(advection(1)))) == []


@in_double_precision
def test_the_start_decides_what_is_kept_and_lays_a_film() -> None:
    law = read(water(2.0, 0.0, 0.1))
    h, q = law.problem.unknowns
    state, points = np.array([[2.0, 0.0], [0.0, 0.0]]), np.zeros((2, 2))
    kept, start, notes = positive_of(law, [h, q], state, points, named=[q - 1])
    assert kept.expressions == (h,)
    np.testing.assert_array_equal(start, [[2.0, 2e-8], [0.0, 0.0]])
    assert any("at least 2.0e-08" in note for note in notes)
    assert any("left out" in note for note in notes)


@in_double_precision
def test_faces_are_drawn_towards_the_mean_until_admissible() -> None:
    law = read(gas((1, 0, 1), (0.125, 0, 0.1), 0.5, 0.2))
    rho, m, e = law.problem.unknowns
    pressure = e - m**2 / (2 * rho)
    keep = Positive(law, [rho, pressure])
    random = np.random.default_rng(37)
    density, speed, energy = random.uniform(0.01, 1, 400), random.normal(size=400), 0.01
    mean = np.stack([density, density * speed, density * speed**2 / 2 + energy])
    half = random.normal(size=(3, 400)) * 10 ** random.uniform(-4, 0, 400)
    points = np.zeros((400, 2))
    (found,) = keep.kept(jnp.asarray(points), jnp.asarray(mean), [jnp.asarray(half)], {})
    cut = np.asarray(found)
    for part in (rho, pressure):
        middle = law.sampled(part, points, mean)
        for sign in (1, -1):
            end = law.sampled(part, points, mean + sign * cut)
            # Concave quantities: at least SHARE of the mean, up to rounding of 0.01 out of 1.
            assert (end >= SHARE * middle - 1e-12).all()
    # Scaled, never turned; and left alone where nothing was wrong.
    good = np.array([True] * 400)
    for part in (rho, pressure):
        for sign in (1, -1):
            good &= law.sampled(part, points, mean + sign * half) >= SHARE * law.sampled(
                part, points, mean
            )
    assert 0 < good.sum() < 400
    np.testing.assert_array_equal(cut[:, good], half[:, good])
    share = cut / half
    np.testing.assert_allclose(share[0], share[1], rtol=1e-10, atol=1e-12)


@in_double_precision
def test_admissible_states() -> None:
    law = read(burgers(x, 0.1, around=False))
    keep = Positive(law, [law.problem.unknowns[0]])
    points = jnp.zeros((2, 2))
    for values, good in (([1.0, 2.0], True), ([1.0, 0.0], False), ([1.0, np.nan], False)):
        assert bool(keep.least(points, jnp.asarray([values]), {})) is good
