"""The Chebyshev method: catalogue cases, conditions of every kind, honest failure."""

from __future__ import annotations

import os
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Answer, Budget, Monitor, OptionError, Result, Task, double_precision
from residuum.catalogue import case
from residuum.geometry import Box
from residuum.methods._chebyshev import Chebyshev
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    laplacian,
    neumann,
    periodic,
    robin,
    space,
    time,
    unknown,
)

DATA = Path(os.environ.get("RESIDUUM_DATA", Path(__file__).parents[3] / "shared" / "data"))


def run(problem: Problem, tol: float | None = None, method: Chebyshev | None = None) -> Answer:
    method = Chebyshev() if method is None else method
    assert method.refuse(problem) is None
    with double_precision():
        return method.run(problem, Task(tol))


def values(answer: Answer, points: np.ndarray) -> np.ndarray:
    with double_precision():
        return np.asarray(answer.field(jnp.asarray(points)))


def error(answer: Answer, problem: Problem, exact: sp.Expr) -> float:
    """Return the relative L2 error against an expression, at random points."""
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    bounds = problem.domain.bounds[order]
    points = np.random.default_rng(17).uniform(bounds[:, 0], bounds[:, 1], (2000, len(bounds)))
    wanted = sp.lambdify(problem.coordinates, exact, "numpy")(*points.T)
    found = values(answer, points)[:, 0]
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize(
    ("name", "tol"),
    [
        ("heat", 1e-10),
        ("wave", 1e-10),
        ("poisson", 1e-10),
        ("helmholtz", 1e-10),
        ("lorenz", 1e-8),
        ("damped_oscillator", 1e-10),
    ],
)
def test_catalogue(name: str, tol: float) -> None:
    chosen = case(name)
    answer = run(chosen.problem(), tol)
    bounds = chosen.problem().domain.bounds
    points = np.random.default_rng(17).uniform(bounds[:, 0], bounds[:, 1], (3000, len(bounds)))
    exact = chosen.reference(points)
    distance = np.linalg.norm(values(answer, points) - exact) / np.linalg.norm(exact)
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.verifies(tol)
    assert distance <= answer.certificate.relative


def test_burgers_shock_against_the_published_file() -> None:
    path = DATA / "burgers_shock.npz"
    if not path.exists():
        pytest.skip(f"no reference data at {path}")
    stored = np.load(path)
    t, x, u = stored["t"].ravel(), stored["x"].ravel(), stored["u"]
    u = u if u.shape == (len(t), len(x)) else u.T
    answer = run(case("burgers").problem(), 1e-10)
    with double_precision():
        found = answer.field.tensor(t, [x])[:, :, 0]  # type: ignore[attr-defined]
    # The file itself is good to 2.9e-12.
    assert np.linalg.norm(found - u) / np.linalg.norm(u) < 1e-11
    assert answer.result is Result.SUCCESSFUL


def test_steady_boundary_layer_is_found() -> None:
    x = space("x")
    u = unknown("u", x)
    thin = sp.Rational(1, 1000)
    problem = Problem(
        domain=Box(x=(0, 1)),
        equations=[Eq(thin * u.diff(x, 2) + u.diff(x), 1)],
        conditions=[dirichlet(u, 0, on="x_min"), dirichlet(u, 1, on="x_max")],
    )
    # With this ε, u = x exactly: take values that leave a layer at x = 0.
    layer = problem.replace(conditions=[dirichlet(u, 0, on="x_min"), dirichlet(u, 2, on="x_max")])
    answer = run(layer, 1e-9)
    exact = x + (1 - sp.exp(-x / thin)) / (1 - sp.exp(-1 / thin))
    assert answer.result is Result.SUCCESSFUL
    assert error(answer, layer, exact) < 1e-9


@pytest.mark.slow
def test_time_dependent_conditions_of_three_kinds() -> None:
    t, (x, y) = time("t"), space("x", "y")
    u = unknown("u", t, x, y)
    exact = sp.exp(-t) * sp.sin(x + t) * sp.cos(y)
    source = exact.diff(t) - exact.diff(x, 2) - exact.diff(y, 2)
    problem = Problem(
        domain=Box(t=(0, 1), x=(0, 1), y=(0, 1)),
        equations=[Eq(u.diff(t) - laplacian(u), source)],
        conditions=[
            initial(u, exact.subs(t, 0)),
            dirichlet(u, exact.subs(x, 0), on="x_min"),
            robin(u, (2 * exact + exact.diff(x)).subs(x, 1), a=2, b=1, on="x_max"),
            neumann(u, -exact.diff(y).subs(y, 0), on="y_min"),
            neumann(u, exact.diff(y).subs(y, 1), on="y_max"),
        ],
    )
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    assert error(answer, problem, exact) < 1e-8


@pytest.mark.slow
def test_mixed_periodic_and_nonlinear_steady() -> None:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    exact = sp.exp(sp.sin(x)) * (1 + y**2) / 4
    operator = div((1 + u**2) * grad(u))
    flux = [(1 + exact**2) * exact.diff(c) for c in (x, y)]
    source = sum(f.diff(c) for f, c in zip(flux, (x, y), strict=True))
    problem = Problem(
        domain=Box(x=(0, 2 * np.pi), y=(0, 1)),
        equations=[Eq(operator, source)],
        conditions=[
            periodic(u, x),
            dirichlet(u, exact.subs(y, 0), on="y_min"),
            dirichlet(u, exact.subs(y, 1), on="y_max"),
        ],
    )
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    assert error(answer, problem, exact) < 1e-8


@pytest.mark.slow
def test_second_order_in_time_with_moving_ends() -> None:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    exact = sp.sin(x - t) + sp.sin(2 * (x + t))
    problem = Problem(
        domain=Box(t=(0, 2), x=(0, 1)),
        equations=[Eq(u.diff(t, 2), u.diff(x, 2))],
        conditions=[
            initial(u, exact.subs(t, 0)),
            initial_rate(u, exact.diff(t).subs(t, 0)),
            dirichlet(u, exact.subs(x, 0), on="x_min"),
            neumann(u, exact.diff(x).subs(x, 1), on="x_max"),
        ],
    )
    assert error(run(problem, 1e-9), problem, exact) < 1e-9


def test_inflow_only() -> None:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    problem = Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(u.diff(t) + u.diff(x), 0)],
        conditions=[initial(u, sp.sin(x)), dirichlet(u, -sp.sin(t), on="x_min")],
    )
    assert error(run(problem, 1e-9), problem, sp.sin(x - t)) < 1e-9


def test_blow_up_is_not_silent() -> None:
    t = time("t")
    u = unknown("u", t)
    problem = Problem(Box(t=(0, 2)), Eq(u.diff(t), u**2), [initial(u, 1)])
    answer = run(problem)
    assert answer.result is Result.DIVERGED
    assert np.isfinite(values(answer, np.linspace(0, 2, 50)[:, None])).all()


def test_budget_and_memory() -> None:
    with double_precision():
        task = Task(1e-9, monitor=Monitor(Budget(seconds=1e-3)))
        answer = Chebyshev().run(case("wave").problem(), task)
        assert answer.result is Result.OUT_OF_BUDGET
        x, y = space("x", "y")
        u = unknown("u", x, y)
        dense = Problem(
            Box(x=(0, 1), y=(0, 1)), Eq(laplacian(u) - u**3, sp.exp(5 * x * y)), [dirichlet(u, 0)]
        )
        few = Chebyshev(largest=300).run(dense, Task(1e-10))
    assert few.result is Result.STAGNATED
    assert not few.certificate.verifies(1e-10)


def test_refusals() -> None:
    method = Chebyshev()
    assert "box" in str(method.refuse(case("poisson_four_holes").problem()))
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    mixed = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t) - u.diff(x, 2).diff(t), u.diff(x)),
        [initial(u, 0), dirichlet(u, 0)],
    )
    assert "mixes time and space" in str(method.refuse(mixed))
    with pytest.raises(OptionError):
        Chebyshev(modes=2)


def test_interrupt_keeps_the_best_level() -> None:
    seen: list[str] = []

    def listener(fraction: float, message: str) -> None:
        seen.append(message)
        if message.startswith("80 nodes"):
            raise KeyboardInterrupt

    with double_precision():
        task = Task(1e-8, monitor=Monitor(listener=listener))
        answer = Chebyshev().run(case("wave").problem(), task)
    assert answer.result is Result.INTERRUPTED
    # The finished level of 64 nodes is returned, not the half-done one.
    assert any(message.startswith("64 nodes") for message in seen)
    points = np.array([[1.0, 0.3]])
    assert values(answer, points) == pytest.approx(case("wave").reference(points), abs=1e-6)


def test_at_the_least_tolerance_levels_still_take_other_steps() -> None:
    t = time("t")
    y = unknown("y", t)
    problem = Problem(Box(t=(0, 3)), Eq(y.diff(t), sp.cos(7 * t) * y), [initial(y, 1)])
    answer = run(problem, 1e-12)
    assert answer.result is Result.SUCCESSFUL
    told = answer.certificate.assumptions[0].split(":")[1].split(";")
    before, after = (int(item.split(" steps")[0].split()[-1]) for item in told)
    # Both levels have the tolerance 1e-13, and took the same 141 steps.
    assert after >= 1.25 * before
