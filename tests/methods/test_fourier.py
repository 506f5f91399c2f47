"""The Fourier method: catalogue cases, refusals, honest failure."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Answer, Budget, Monitor, OptionError, Result, Task, double_precision
from residuum.catalogue import case
from residuum.geometry import Box
from residuum.methods._fourier import Fourier
from residuum.problem import Eq, Problem, div, initial, laplacian, periodic, space, time, unknown


def run(problem: Problem, tol: float | None = None, method: Fourier | None = None) -> Answer:
    method = Fourier() if method is None else method
    assert method.refuse(problem) is None
    with double_precision():
        return method.run(problem, Task(tol))


def values(answer: Answer, points: np.ndarray) -> np.ndarray:
    with double_precision():
        return np.asarray(answer.field(jnp.asarray(points)))


def distance(answer: Answer, name: str) -> float:
    chosen = case(name)
    bounds = chosen.problem().domain.bounds
    points = np.random.default_rng(17).uniform(bounds[:, 0], bounds[:, 1], (3000, len(bounds)))
    exact = chosen.reference(points)
    return float(np.linalg.norm(values(answer, points) - exact) / np.linalg.norm(exact))


@pytest.mark.parametrize("name", ["advection", "kdv", "kuramoto_sivashinsky"])
def test_catalogue_to_default_tolerance(name: str) -> None:
    answer = run(case(name).problem())
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.relative <= 1e-6
    # The certificate is the error of the coarser of two levels: measured 1e-8, 2e-9 and less.
    assert distance(answer, name) <= answer.certificate.relative


@pytest.mark.slow
def test_allen_cahn_with_its_kink() -> None:
    answer = run(case("allen_cahn").problem())
    assert answer.result is Result.SUCCESSFUL
    # Catalogue reference trusted to 3e-7; measured 1e-8 at random points.
    assert distance(answer, "allen_cahn") < 1e-6


def test_two_dimensional_system_with_coupling() -> None:
    t, (x, y) = time("t"), space("x", "y")
    u, v = unknown("u", "v", t, x, y)
    problem = Problem(
        domain=Box(t=(0, 0.5), x=(0, 2 * np.pi), y=(0, 2 * np.pi)),
        equations=[Eq(u.diff(t), laplacian(u) + v), Eq(v.diff(t), laplacian(v) - u)],
        conditions=[
            initial(u, sp.sin(x + y)),
            initial(v, 0),
            *(periodic(f, c) for f in (u, v) for c in (x, y)),
        ],
    )
    answer = run(problem, 1e-8)
    points = np.random.default_rng(3).uniform([0, 0, 0], [0.5, 6, 6], (200, 3))
    at, wave = points[:, 0], np.sin(points[:, 1] + points[:, 2]) * np.exp(-2 * points[:, 0])
    exact = np.stack([wave * np.cos(at), -wave * np.sin(at)], axis=1)
    assert answer.result is Result.SUCCESSFUL
    assert np.abs(values(answer, points) - exact).max() < 1e-8


def test_steady_helmholtz() -> None:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    load = sp.exp(sp.sin(x)) * sp.cos(2 * y)
    source = sp.diff(load, x, 2) + sp.diff(load, y, 2) - load
    problem = Problem(
        domain=Box(x=(0, 2 * np.pi), y=(0, 2 * np.pi)),
        equations=[Eq(laplacian(u) - u, source)],
        conditions=[periodic(u, x), periodic(u, y)],
    )
    answer = run(problem, 1e-10)
    points = np.random.default_rng(3).uniform(0, 6, (200, 2))
    exact = np.exp(np.sin(points[:, :1])) * np.cos(2 * points[:, 1:])
    assert answer.result is Result.SUCCESSFUL
    assert np.abs(values(answer, points) - exact).max() < 1e-10


def blow_up() -> Problem:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    return Problem(
        domain=Box(t=(0, 4), x=(0, 1)),
        equations=[Eq(u.diff(t), u**2)],
        conditions=[initial(u, 1 + sp.sin(2 * sp.pi * x) / 4), periodic(u, x)],
    )


@pytest.mark.slow
def test_blow_up_is_not_silent() -> None:
    answer = run(blow_up())
    assert answer.result is Result.DIVERGED
    assert not answer.certificate.verifies(1.0)
    points = np.random.default_rng(3).uniform([0, 0], [4, 1], (100, 2))
    assert np.isfinite(values(answer, points)).all()


def test_budget() -> None:
    task = Task(1e-9, monitor=Monitor(Budget(seconds=1e-3)))
    with double_precision():
        answer = Fourier().run(case("kdv").problem(), task)
    assert answer.result is Result.OUT_OF_BUDGET
    assert np.isfinite(values(answer, np.array([[0.0, 0.0], [1.0, 0.5]]))).all()


def test_too_few_modes_are_reported() -> None:
    answer = run(case("kdv").problem(), method=Fourier(modes=32, largest=32))
    assert answer.result is Result.STAGNATED
    assert not answer.certificate.verifies(1e-6)


def test_layers_far_beyond_the_modes_allowed_end_it_early() -> None:
    # A front of width 4 nu / jump = 2e-4 on a length of 2: some 10,000 modes.
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    problem = Problem(
        Box(t=(0, 1), x=(0, 2)),
        Eq(u.diff(t) + div(u**2 / 2), 1e-4 * u.diff(x, 2)),
        [initial(u, sp.sin(sp.pi * x)), periodic(u, x)],
    )
    task = Task(1e-4)
    with double_precision():
        answer = Fourier(modes=128, largest=512).run(problem, task)
    record = task.monitor.record
    assert answer.result is Result.STAGNATED and record.evaluations["modes"] == 256
    assert any("512 is most" in note for note in record.notes)


def test_refusals() -> None:
    method = Fourier()
    assert "periodic" in str(method.refuse(case("flame_042").problem()))
    assert "periodic" in str(method.refuse(case("black_scholes").problem()))
    # Their walls are mirrors.
    assert method.refuse(case("heat").problem()) is None
    assert method.refuse(case("burgers").problem()) is None
    assert method.refuse(case("lorenz").problem()) is not None
    with pytest.raises(OptionError):
        Fourier(modes=2)
