"""Tests of the finite-volume method."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, ProblemError, Result
from residuum._solve import solve
from residuum.catalogue import case
from residuum.catalogue._riemann import GasRiemann, WaterRiemann
from residuum.discretise.volumes import Minmod, Rusanov, VolumeField
from residuum.geometry import Box
from residuum.methods._finite_volume import FiniteVolume
from residuum.problem import (
    Eq,
    Problem,
    Solution,
    dirichlet,
    div,
    grad,
    initial,
    neumann,
    periodic,
    unknown,
    vector,
)
from tests.discretise.volumes._laws import (
    advection,
    burgers,
    gas,
    jump,
    t,
    water,
    x,
    y,
)

DATA = Path(os.environ.get("RESIDUUM_DATA", Path(__file__).parents[3] / "shared" / "data"))


def relative(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.sqrt(((found - exact) ** 2).mean() / (exact**2).mean()))


@functools.cache
def sod() -> tuple[Solution, GasRiemann]:
    """The shock tube of the reference data: 200, 400 and 800 cells on (-1, 1) until t = 0.4."""
    left, right = (1.0, 0.0, 1.0), (0.125, 0.0, 0.1)
    problem = gas(left, right, 0.0, 0.4, ends=(-1, 1))
    answer = solve(problem, FiniteVolume(cells=200, largest=800), tol=1e-2)
    return answer, GasRiemann(left, right)


def densities(answer: Solution, exact: GasRiemann, places: np.ndarray, time: float) -> Any:
    points = np.stack([np.full(len(places), time), places], axis=1)
    return answer.at(points)[:, 0], exact.at(points)[:, 0]


@pytest.mark.slow
def test_sod_is_at_least_as_good_as_the_rival() -> None:
    file = DATA / "euler_sod.npz"
    if not file.exists():
        pytest.skip("the reference data are not here")
    rival = np.load(file)
    answer, exact = sod()
    ours, truth = densities(answer, exact, rival["x"], 0.4)
    gaps = [np.abs(found - truth).mean() for found in (ours, rival["rho"])]
    # At equal cells, in L1: measured 1.05e-3 against 1.17e-3. In L2 the two are level.
    assert gaps[0] < 0.95 * gaps[1]
    assert relative(ours, truth) < 1.05 * relative(rival["rho"], truth)


@pytest.mark.slow
def test_the_estimate_of_a_shock_is_honest() -> None:
    answer, exact = sod()
    assert answer.result is Result.TOLERANCE_NOT_REACHED
    found = answer.certificate
    assert found.kind == "estimate" and found.norm == "L2" and found.relative > 1e-2
    places = -1 + 2 * (np.arange(1001) + 0.5) / 1001
    errors = []
    for time in np.linspace(0.02, 0.4, 20):
        points = np.stack([np.full(len(places), time), places], axis=1)
        rho, u, p = exact.at(points).T
        truth = np.stack([rho, rho * u, p / 0.4 + rho * u**2 / 2], axis=1)
        errors.append([(answer.at(points) - truth) ** 2, truth**2])
    error, size = np.asarray(errors).mean(axis=(0, 2))
    true = float(np.sqrt(error / size).max())
    # The worst unknown over space and time, as the certificate counts.
    assert true < found.relative < 4 * true
    assert any("kept positive" in note for note in answer.record.notes)
    assert len(answer.record.history["agreement in L1"]) == 2


def test_a_smooth_problem_reaches_its_tolerance() -> None:
    problem = advection(2 + sp.sin(2 * sp.pi * x))
    answer = solve(problem, FiniteVolume(cells=32), tol=2e-3)
    assert answer.result is Result.TOLERANCE_REACHED
    places = (np.arange(501) + 0.5) / 501
    for time in (0.37, 1.0):
        found = answer(t=np.full(501, time), x=places)
        exact = 2 + np.sin(2 * np.pi * (places - time))
        assert relative(found, exact) < 2 * answer.certificate.relative
    assert answer.record.unknowns == answer.record.evaluations["cells"]
    assert answer.record.seconds["solve"] > 0


def test_burgers_with_viscosity_between_walls() -> None:
    # The steady wave -tanh(x/(4ν))·…: u = -a tanh(a x / (2ν)) stays where it is.
    u, nu = unknown("u", t, x), 0.05
    wave = -sp.tanh(x / (2 * nu))
    problem = Problem(
        Box(t=(0, 0.5), x=(-1, 1)),
        Eq(u.diff(t) + div(u**2 / 2), div(nu * grad(u))),
        [initial(u, wave), dirichlet(u, wave, on="x_min"), neumann(u, 0, on="x_max")],
    )
    answer = solve(problem, FiniteVolume(cells=64, largest=64))
    places = np.linspace(-0.99, 0.99, 301)
    found = answer(t=np.full(301, 0.5), x=places)
    exact = -np.tanh(places / (2 * nu))
    # Measured 4e-3 with a front of five cells.
    assert relative(found, exact) < 1e-2


def test_an_inflow_that_changes_in_time() -> None:
    u = unknown("u", t, x)
    problem = Problem(
        Box(t=(0, 2), x=(0, 1)),
        Eq(u.diff(t) + u.diff(x), 0),
        [initial(u, sp.sin(-3 * x)), dirichlet(u, sp.sin(3 * t), on="x_min")],
    )
    errors = []
    for cells in (20, 40, 80):
        answer = solve(problem, FiniteVolume(cells=cells, largest=cells))
        places = (np.arange(cells) + 0.5) / cells
        found = answer(t=np.full(cells, 2.0), x=places)
        errors.append(float(np.abs(found - np.sin(3 * (2 - places))).mean()))
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 1.6).all(), errors


def test_a_dam_breaks_onto_water_and_onto_a_dry_bed() -> None:
    for right, most in ((1.0, 0.01), (0.0, 0.02)):
        answer = solve(water(2.0, right, 0.4), FiniteVolume(cells=200, largest=200))
        assert answer.result is Result.SUCCESSFUL
        places = -1 + (np.arange(200) + 0.5) / 100
        points = np.stack([np.full(200, 0.4), places], axis=1)
        exact = WaterRiemann((2.0, 0.0), (right, 0.0), 1.0).at(points)
        depth, flow = answer.at(points).T
        assert (depth > 0).all()
        assert np.abs(depth - exact[:, 0]).mean() < most
        assert np.abs(flow - exact.prod(axis=1)).mean() < 2 * most
        noted = any("may not vanish" in note for note in answer.record.notes)
        assert noted is (right == 0.0)


def test_walls_keep_the_water_in() -> None:
    h, q = unknown("h", "q", t, x)
    problem = Problem(
        Box(t=(0, 2), x=(0, 1)),
        [Eq(h.diff(t) + div(q), 0), Eq(q.diff(t) + div(q**2 / h + h**2 / 2), 0)],
        [
            initial(h, 1 + sp.exp(-50 * (x - 0.3) ** 2) / 2),
            initial(q, 0),
            dirichlet(q, 0, on="x_min"),
        ],
    )
    one_wall = solve(problem, FiniteVolume(cells=64, largest=64))
    assert isinstance(one_wall.field, VolumeField)
    sums = np.asarray(one_wall.field.values)[..., 0].mean(axis=1)
    # Nothing leaves at the wall until the wave to the right is at the open end, at t = 0.4 or so.
    early = sums[: len(sums) // 10]
    np.testing.assert_allclose(early, sums[0], rtol=1e-5)
    assert sums[-1] < sums[0] - 0.05


@pytest.mark.slow
def test_turning_a_bump_around() -> None:
    u = unknown("u", t, x, y)
    bump = sp.exp(-60 * ((x - 0.5) ** 2 + (y - 0.25) ** 2))
    turn = vector(-2 * sp.pi * (y - sp.Rational(1, 2)) * u, 2 * sp.pi * (x - sp.Rational(1, 2)) * u)
    problem = Problem(
        Box(t=(0, 1), x=(0, 1), y=(0, 1)), Eq(u.diff(t) + div(turn), 0), [initial(u, bump)]
    )
    answer = solve(problem, FiniteVolume(cells=32, largest=128))
    gaps = answer.record.history["agreement"]
    # Towards order 2 as the bump of four coarse cells is resolved.
    assert np.log2(gaps[0] / gaps[1]) > 1.2
    centres = (np.arange(60) + 0.5) / 60
    px, py = (g.ravel() for g in np.meshgrid(centres, centres))
    found = answer(t=np.ones(3600), x=px, y=py)
    exact = np.exp(-60 * ((px - 0.5) ** 2 + (py - 0.25) ** 2))
    assert relative(found, exact) < 1.5 * answer.certificate.relative
    assert found.min() > -1e-12 and found.max() < 1


def test_too_few_steps_are_told_with_the_least_number() -> None:
    problem = burgers(jump(2.0, 0.5, 0.3), 0.1, around=False)
    with pytest.raises(OptionError, match="at least 20 steps on 40 cells"):
        solve(problem, FiniteVolume(cells=40, steps=15, largest=40))
    answer = solve(problem, FiniteVolume(cells=40, steps=128, largest=40))
    assert answer.record.evaluations["steps"] == 128


def test_imaginary_speeds_and_bad_options_are_told() -> None:
    hollow = gas((1, 0, -1), (1, 0, 1), 0.5, 0.1)
    with pytest.raises(ProblemError, match="not real"):
        solve(hollow, FiniteVolume(cells=16))
    wrong: list[dict[str, Any]] = [
        {"cells": 2},
        {"cells": (8, 1)},
        {"steps": 0},
        {"largest": 1.5},
        {"cfl": 0.6},
        {"order": 4},
        {"limiter": "minmod"},
        {"riemann": "hll"},
    ]
    for options in wrong:
        with pytest.raises(OptionError, match=next(iter(options))):
            FiniteVolume(**options)
    with pytest.raises(OptionError, match="largest"):
        solve(advection(1), FiniteVolume(cells=64, largest=32))
    with pytest.raises(ProblemError, match=r"div"):
        u = unknown("u", t, x)
        plain = Problem(Box(t=(0, 1), x=(0, 1)), Eq(u.diff(t) + u * u.diff(x)), [initial(u, 0)])
        FiniteVolume().march(plain, 8)


def test_the_budget_stops_and_stiffness_is_told() -> None:
    answer = solve(advection(2 + sp.sin(2 * sp.pi * x)), FiniteVolume(), tol=1e-9, budget=1e-3)
    assert answer.result is Result.OUT_OF_BUDGET and np.isfinite(answer(t=1.0, x=0.5))
    u = unknown("u", t, x)
    stiff = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t), div(grad(u))),
        [initial(u, sp.sin(2 * sp.pi * x)), periodic(u, "x")],
    )
    answer = solve(stiff, FiniteVolume(cells=512))
    assert answer.result is Result.STAGNATED
    assert any("too short" in note for note in answer.record.notes)


def test_options_are_shown() -> None:
    assert str(FiniteVolume()) == "FiniteVolume()"
    shown = str(FiniteVolume(cells=64, limiter=Minmod(1.0), riemann=Rusanov()))
    assert shown == "FiniteVolume(cells=64, limiter=Minmod(theta=1.0), riemann=Rusanov())"


def test_a_tolerance_that_jumps_put_out_of_reach_is_explained() -> None:
    problem = case("sod").problem()
    answer = solve(problem, FiniteVolume(cells=32, largest=128), tol=1e-4, progress=False)
    (note,) = [note for note in answer.record.notes if "as jumps do" in note]
    # In theory 1/2 for the shock and 1/3 for the contact; coarse levels show a little more.
    assert 0.2 < float(note.split("order ")[1].split(",")[0]) < 0.9
