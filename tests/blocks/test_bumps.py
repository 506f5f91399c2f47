"""Gaussian bumps and tensor Chebyshev polynomials."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.polynomial import chebyshev

from residuum._core import _jet as jets
from residuum._core import in_double_precision
from residuum.blocks import ChebyshevProducts, GaussianBumps, TiltedBumps

from ._apply import apply

RANDOM = np.random.default_rng(19)
POINTS = RANDOM.uniform(-1, 1, (7, 2))


@in_double_precision
def test_bumps_are_gaussians() -> None:
    centres, widths = RANDOM.uniform(-1, 1, (4, 2)), RANDOM.uniform(0.3, 1, (4, 2))
    found = apply(GaussianBumps(centres, widths), POINTS)
    scaled = (POINTS[:, None] - centres) / widths
    expected = np.exp(-0.5 * (scaled**2).sum(axis=2))
    # exp turns the rounding of an exponent of up to 44 into as many units.
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@in_double_precision
def test_one_width_serves_all_centres() -> None:
    centres = RANDOM.uniform(-1, 1, (4, 2))
    one = GaussianBumps(centres, np.array([[0.4, 0.7]]))
    many = GaussianBumps(centres, np.tile([[0.4, 0.7]], (4, 1)))
    np.testing.assert_array_equal(apply(one, POINTS), apply(many, POINTS))


@in_double_precision
def test_periodic_bumps_wrap_around_and_are_gaussians_nearby() -> None:
    centres, width, near = np.array([[0.9, 0.2]]), np.array([[0.05, 0.5]]), 0.02
    bump = GaussianBumps(centres, width, (0,))
    plain = GaussianBumps(centres, width)
    points = np.array([[0.9 + near, 0.1], [0.9 + near - 2, 0.1], [-0.98, 0.1]])
    found, open_end = (apply(block, points)[:, 0] for block in (bump, plain))
    # Rounding of z·π, times the slope of the exponent, near/width² = 8.
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)
    # 2(1 - cos πr) = (πr)² - (πr)⁴/12: the exponent differs by π²r⁴/(24σ²) = 2.6e-5.
    np.testing.assert_allclose(found[0], open_end[0], rtol=3e-5)
    assert found[2] > 0.05 > 1e-100 > open_end[2]


@in_double_precision
def test_products_of_chebyshev_polynomials() -> None:
    block = ChebyshevProducts((5, 2))
    assert block.signature.outputs == 18
    first = chebyshev.chebvander(POINTS[:, 0], 5)
    second = chebyshev.chebvander(POINTS[:, 1], 2)
    expected = np.einsum("ni,nj->nij", first, second).reshape(7, -1)
    # The recurrence of five steps loses a few units at most on [-1, 1].
    np.testing.assert_allclose(apply(block, POINTS), expected, rtol=0, atol=1e-14)


@in_double_precision
def test_chebyshev_derivatives() -> None:
    jet = ChebyshevProducts((6, 3)).jet(jets.coordinates(jnp.asarray(POINTS), [(2, 1)]))
    first = [chebyshev.chebval(POINTS[:, 0], chebyshev.chebder(row, 2)) for row in np.eye(7)]
    second = [chebyshev.chebval(POINTS[:, 1], chebyshev.chebder(row)) for row in np.eye(4)]
    expected = np.einsum("in,jn->nij", np.array(first), np.array(second)).reshape(7, -1)
    # T_6'' and T_3' reach 420 and 9 on [-1, 1]: a few units of rounding of 3780.
    np.testing.assert_allclose(jet.derivative((2, 1)), expected, rtol=0, atol=1e-11)


@in_double_precision
def test_a_periodic_axis_gets_fourier_pairs() -> None:
    block = ChebyshevProducts((1, 5), periodic=(1,))
    assert block.signature.outputs == 2 * 5
    z, angle = POINTS[:, 0], np.pi * POINTS[:, 1:]
    waves = np.hstack([np.ones((7, 1)), np.cos(angle * [1, 2]), np.sin(angle * [1, 2])])
    expected = np.hstack([waves, z[:, None] * waves])
    np.testing.assert_allclose(apply(block, POINTS), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("degree", [0, 1])
@in_double_precision
def test_a_periodic_axis_of_low_degree_is_constant(degree: int) -> None:
    block = ChebyshevProducts((degree,), periodic=(0,))
    assert block.signature.outputs == 1
    np.testing.assert_array_equal(apply(block, POINTS[:, :1]), np.ones((7, 1)))


@in_double_precision
def test_degree_zero_is_the_constant() -> None:
    block = ChebyshevProducts((0, 1))
    found = apply(block, POINTS)
    np.testing.assert_array_equal(found, np.stack([np.ones(7), POINTS[:, 1]], axis=1))


@in_double_precision
def test_a_total_degree_keeps_part_of_the_tensor() -> None:
    whole, part = ChebyshevProducts((3, 3)), ChebyshevProducts((3, 3), total=3)
    kept = whole.powers.sum(axis=1) <= 3
    assert part.signature.outputs == len(part.powers) == kept.sum() == 10
    np.testing.assert_array_equal(part.powers, whole.powers[kept])
    np.testing.assert_array_equal(apply(part, POINTS), apply(whole, POINTS)[:, kept])


@in_double_precision
def test_tilted_bumps_are_gaussians_of_any_covariance() -> None:
    centres, covariance = RANDOM.uniform(-1, 1, (4, 2)), np.array([[0.5, 0.3], [0.3, 0.4]])
    upper = np.linalg.cholesky(np.linalg.inv(covariance)).T
    logs, tilts = np.tile(np.log(np.diag(upper)), (4, 1)), np.full((4, 1), upper[0, 1])
    away = POINTS[:, None] - centres
    expected = np.exp(-0.5 * np.einsum("nki,ij,nkj->nk", away, np.linalg.inv(covariance), away))
    # The inverse of the covariance loses a digit or two.
    found = apply(TiltedBumps(centres, logs, tilts), POINTS)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@in_double_precision
def test_tilted_bumps_that_stand_straight_are_the_plain_ones() -> None:
    centres, widths = RANDOM.uniform(-1, 1, (4, 2)), RANDOM.uniform(0.3, 1, (4, 2))
    for periodic in ((), (0,), (0, 1)):
        tilted = TiltedBumps(centres, -np.log(widths), np.zeros((4, 1)), periodic)
        plain = GaussianBumps(centres, widths, periodic)
        # The exponents of both are formed from other sums of the same terms, of up to 44.
        np.testing.assert_allclose(apply(tilted, POINTS), apply(plain, POINTS), rtol=1e-12)


@in_double_precision
def test_tilted_bumps_wrap_around_and_stay_at_most_one() -> None:
    centres, logs, tilts = (RANDOM.uniform(-1, 1, (5, n)) for n in (2, 2, 1))
    bumps = TiltedBumps(centres, logs, tilts, (1,))
    # The exponent is a sum of squares, whatever the numbers are.
    assert float(apply(bumps, POINTS).max()) <= 1.0
    moved = POINTS + np.array([0.0, 2.0])
    np.testing.assert_allclose(apply(bumps, moved), apply(bumps, POINTS), rtol=1e-12)
