"""Tests of exact Riemann solutions."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.catalogue._riemann import GasRiemann, WaterRiemann

GASES = {
    # Pressure and velocity between the waves, from Toro's book, table 4.2: digits as printed.
    "sod": (GasRiemann((1, 0, 1), (0.125, 0, 0.1)), 0.30313, 0.92745),
    "double rarefaction": (GasRiemann((1, -2, 0.4), (1, 2, 0.4)), 0.00189, 0.0),
    "left blast": (GasRiemann((1, 0, 1000), (1, 0, 0.01)), 460.894, 19.5975),
    "right blast": (GasRiemann((1, 0, 0.01), (1, 0, 100)), 46.0950, -6.19633),
    "collision": (
        GasRiemann((5.99924, 19.5975, 460.894), (5.99242, -6.19633, 46.0950)),
        1691.64,
        8.68975,
    ),
}
VACUUM = GasRiemann((1, -6, 1), (1, 6, 1))
DAM, DRY = WaterRiemann((2, 0), (1, 0), 1.0), WaterRiemann((1, 0), (0, 0), 1.0)
APART = WaterRiemann((1, -3), (1, 3), 1.0)


@pytest.mark.parametrize("name", GASES)
def test_star_states_of_the_book(name: str) -> None:
    problem, pressure, velocity = GASES[name]
    # Half a unit of the last printed digit, and Toro prints 1691.64 for 1691.647.
    assert problem.star[0] == pytest.approx(pressure, rel=5e-6, abs=5e-6)
    assert problem.star[1] == pytest.approx(velocity, rel=5e-6, abs=5e-6)


def gas_flux(values: np.ndarray, gamma: float = 1.4) -> tuple[np.ndarray, np.ndarray]:
    rho, u, p = values.T
    energy = p / (gamma - 1) + rho * u**2 / 2
    kept = np.stack([rho, rho * u, energy], axis=1)
    return kept, np.stack([rho * u, rho * u**2 + p, (energy + p) * u], axis=1)


def water_flux(values: np.ndarray, gravity: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    h, u = values.T
    return np.stack([h, h * u], axis=1), np.stack([h * u, h * u**2 + gravity * h**2 / 2], axis=1)


@pytest.mark.parametrize(
    "problem",
    [*(row[0] for row in GASES.values()), VACUUM, DAM, DRY, APART],
    ids=[*GASES, "vacuum", "dam", "dry bed", "apart"],
)
def test_what_flows_in_is_what_is_there(problem: GasRiemann | WaterRiemann) -> None:
    """The law itself, integrated over |x| < a t: every wave and jump of the solution is in it."""
    reach = 60.0
    edges = np.linspace(-reach, reach, 600_001)
    values = problem((edges[1:] + edges[:-1]) / 2)
    rule = gas_flux if isinstance(problem, GasRiemann) else water_flux
    kept, _ = rule(values)
    ends = rule(problem(np.array([-reach, reach])))
    inside = kept.sum(axis=0) * (edges[1] - edges[0])
    # ∫ w dξ = a (w_l + w_r) - (F_r - F_l); each jump is misplaced by half a width of 2e-4.
    expected = reach * ends[0].sum(axis=0) - (ends[1][1] - ends[1][0])
    size = np.abs(kept).max(axis=0)
    np.testing.assert_allclose(inside / size, expected / size, rtol=0, atol=3 * 2e-4)


def test_rarefactions_keep_the_entropy_and_the_riemann_invariant() -> None:
    sod = GASES["sod"][0]
    speeds = np.linspace(-1.18, -0.08, 50)  # inside the fan: from -c_l to u* - c*
    rho, u, p = sod(speeds).T
    np.testing.assert_allclose(p / rho**1.4, 1.0, rtol=1e-12)
    sound = np.sqrt(1.4 * p / rho)
    np.testing.assert_allclose(u + 5 * sound, 5 * np.sqrt(1.4), rtol=1e-12)
    np.testing.assert_allclose(u - sound, speeds, rtol=1e-12)


def test_mirrored_problems_have_mirrored_solutions() -> None:
    speeds = np.linspace(-5, 5, 77) + 1e-3
    one = GASES["left blast"][0]
    other = GasRiemann(one.right, one.left)
    np.testing.assert_allclose(one(speeds), other(-speeds) * [1, -1, 1], rtol=1e-12, atol=1e-12)
    wet = WaterRiemann((0, 0), (1, 0), 1.0)
    np.testing.assert_allclose(DRY(speeds), wet(-speeds) * [1, -1], rtol=1e-12, atol=1e-12)


def test_a_dry_bed_is_ritters_parabola() -> None:
    speeds = np.linspace(-0.99, 1.99, 31)
    h, u = DRY(speeds).T
    np.testing.assert_allclose(h, (2 - speeds) ** 2 / 9, rtol=1e-12)
    np.testing.assert_allclose(u, 2 * (1 + speeds) / 3, rtol=1e-12)
    np.testing.assert_array_equal(DRY(np.array([2.01, 5.0])), 0.0)


def test_a_vacuum_is_empty() -> None:
    assert VACUUM.vacuum and not GASES["double rarefaction"][0].vacuum
    rho, _, p = VACUUM(np.array([0.0])).T
    assert rho[0] == 0 and p[0] == 0


def test_points_and_the_start() -> None:
    sod = GASES["sod"][0]
    found = sod.at(np.array([[0.0, 0.2], [0.0, 0.4], [0.2, 0.3]]), middle=0.3)
    np.testing.assert_array_equal(found[:2], [[1, 0, 1], [0.125, 0, 0.1]])
    assert found[2, 2] == pytest.approx(sod.star[0])


def test_wrong_states_are_refused() -> None:
    for wrong in (
        lambda: GasRiemann((0, 0, 1), (1, 0, 1)),
        lambda: GasRiemann((1, 0, 1), (1, 0, -1)),
    ):
        with pytest.raises(OptionError, match="positive"):
            wrong()
    with pytest.raises(OptionError, match="both zero"):
        WaterRiemann((0, 0), (0, 1))
