"""The finite-element method: certificates above the error, honest ends, refusals."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import (
    Answer,
    Budget,
    DomainError,
    Monitor,
    OptionError,
    Result,
    Task,
    double_precision,
)
from residuum.discretise.time import BDF
from residuum.geometry import Ball, Box, Disc
from residuum.geometry.mesh import mesh_of
from residuum.methods._finite_element import FiniteElement
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    neumann,
    periodic,
    unknown,
    vector,
)
from residuum.problem._well_posed import WellPosednessWarning
from tests.discretise.elements._posed import (
    CUBE,
    LINE,
    SQUARE,
    around,
    forced,
    put,
    sides,
    t,
    v,
    x,
    y,
    z,
)

w, u, q = unknown("w", x), unknown("u", t, x), unknown("q", x, y, z)
PI = sp.pi
ROD = Box(t=(0, 1), x=(0, 1))


def run(problem: Problem, tol: float, method: FiniteElement | None = None, **task: Any) -> Answer:
    method = method or FiniteElement()
    assert method.refuse(problem) is None
    with double_precision():
        return method.run(problem, Task(tol, **task))


def numbers(answer: Answer, points: np.ndarray) -> np.ndarray:
    with double_precision():
        found = answer.field.numeric(points)
    assert found is not None
    return found


def error(answer: Answer, problem: Problem, exact: Any) -> float:
    """Return the largest relative L2 error over the unknowns, at random points of the domain."""
    axes = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    low, high = problem.domain.bounds.T
    points = np.random.default_rng(103).uniform(low, high, (4000, len(low)))
    points = points[problem.domain.signed_distance(points) < 0][:, axes]
    with double_precision():
        found = answer.field.numeric(points)
    assert found is not None
    gaps = []
    for j, unknown_ in enumerate(problem.unknowns):
        rule = sp.lambdify(problem.coordinates, exact[unknown_], "numpy")
        wanted = np.broadcast_to(rule(*points.T), len(points))
        gaps.append(np.linalg.norm(found[:, j] - wanted) / np.linalg.norm(wanted))
    return float(max(gaps))


def flow() -> tuple[Problem, Any]:
    a, b, p = unknown("a", "b", "p", x, y)
    # Kovasznay's flow behind a grid, at Reynolds number 20.
    decay = 10 - sp.sqrt(100 + 4 * PI**2)
    wave = sp.exp(decay * x)
    exact = {
        a: 1 - wave * sp.cos(2 * PI * y),
        b: decay / (2 * PI) * wave * sp.sin(2 * PI * y),
        p: (1 - wave**2) / 2
        - sp.Float((1 - float(sp.integrate(sp.exp(2 * decay * x), (x, 0, 1)))) / 2),
    }
    convected = [a * c.diff(x) + b * c.diff(y) for c in (a, b)]
    equations = [
        Eq(vector(*convected) + grad(p), laplacian(vector(a, b)) / 20),
        Eq(div(vector(a, b)), 0),
    ]
    conditions = [*around(a, exact[a], SQUARE), *around(b, exact[b], SQUARE), integral(p)]
    return Problem(SQUARE, equations, conditions), exact


def evolution(left: Any, exact: Any) -> tuple[Problem, Any]:
    start = [initial(u, exact.subs(t, 0))]
    if left.has(sp.Derivative(u, (t, 2))):
        start.append(initial_rate(u, exact.diff(t).subs(t, 0)))
    ends = [dirichlet(u, exact.subs(x, k), on=part) for part, k in (("x_min", 0), ("x_max", 1))]
    return Problem(ROD, forced(left, {u: exact}, (x,)), [*start, *ends]), {u: exact}


def steady(domain: Any, left: Any, of: Any, exact: Any, conditions: Any = None) -> Any:
    axes = tuple(c for c in of.args)
    conditions = [dirichlet(of, exact)] if conditions is None else conditions
    return Problem(domain, forced(left, {of: exact}, axes), conditions), {of: exact}


PEAK = sp.exp(-50 * ((x - 0.4) ** 2 + (y - 0.6) ** 2))
WAVY = sp.sin(3 * x) * sp.cos(2 * y) + x
MIXED = {
    "x_min": ("dirichlet",),
    "x_max": ("neumann",),
    "y_min": ("robin", 1, 2),
    "y_max": ("flux", 1),
}
CASES: dict[str, tuple[Callable[[], Any], float]] = {
    "line": (lambda: steady(LINE, -w.diff(x, 2), w, sp.sin(PI * x), [dirichlet(w, 0)]), 1e-6),
    "boundary layer": (
        lambda: steady(
            LINE,
            w.diff(x) - w.diff(x, 2) / 50,
            w,
            sp.exp(50 * (x - 1)) + x,
            [dirichlet(w, sp.exp(-50), on="x_min"), dirichlet(w, 2, on="x_max")],
        ),
        1e-4,
    ),
    "square": (lambda: steady(SQUARE, -laplacian(v), v, WAVY, around(v, WAVY, SQUARE)), 1e-4),
    "peak": (lambda: steady(SQUARE, -laplacian(v), v, PEAK, around(v, PEAK, SQUARE)), 1e-3),
    "mixed sides": (
        lambda: steady(
            SQUARE,
            -div((2 + x) * grad(v)) + v.diff(y),
            v,
            WAVY,
            sides(v, WAVY, SQUARE, MIXED, [(2 + x) * v.diff(x), (2 + x) * v.diff(y)]),
        ),
        1e-4,
    ),
    "nonlinear": (
        lambda: steady(SQUARE, -div((1 + v**2) * grad(v)) + v**3, v, WAVY, around(v, WAVY, SQUARE)),
        1e-4,
    ),
    "helmholtz": (
        lambda: steady(
            SQUARE,
            -laplacian(v) - 60 * v,
            v,
            sp.sin(PI * x) * sp.sin(2 * PI * y),
            [dirichlet(v, 0)],
        ),
        1e-3,
    ),
    "disc": (lambda: steady(Disc((0, 0), 1), -laplacian(v) + v, v, WAVY), 1e-4),
    "cube": (
        lambda: steady(
            CUBE,
            -laplacian(q),
            q,
            sp.sin(PI * x) * sp.sin(PI * y) * sp.sin(PI * z),
            [dirichlet(q, 0)],
        ),
        1e-2,
    ),
    "periodic": (
        lambda: steady(
            SQUARE,
            -laplacian(v) + v,
            v,
            sp.exp(sp.sin(2 * PI * x)) * sp.cos(2 * PI * y),
            [periodic(v, "x"), periodic(v, "y")],
        ),
        1e-3,
    ),
    "kovasznay": (flow, 1e-3),
    "heat": (
        lambda: evolution(u.diff(t) - laplacian(u), sp.exp(-2 * t) * sp.sin(3 * x) + t * x),
        1e-4,
    ),
    "wave": (
        lambda: evolution(u.diff(t, 2) - laplacian(u), sp.cos(PI * t) * sp.sin(PI * x)),
        1e-3,
    ),
}
SLOW = {"kovasznay", "cube", "wave", "peak", "disc"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in CASES]
)
def test_the_certificate_is_above_the_error(name: str) -> None:
    make, tol = CASES[name]
    problem, exact = make()
    answer = run(problem, tol)
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.kind == "estimate" and answer.certificate.verifies(tol)
    assert error(answer, problem, exact) <= answer.certificate.relative


def poisson(**options: Any) -> Problem:
    return Problem(SQUARE, Eq(-laplacian(v), options.get("source", 1)), [dirichlet(v, 0)])


def test_a_mesh_too_coarse_claims_nothing() -> None:
    sharp = sp.sin(20 * PI * x) * sp.sin(20 * PI * y)
    problem, exact = steady(SQUARE, -laplacian(v), v, sharp, [dirichlet(v, 0)])
    for method in (FiniteElement(largest=1500), FiniteElement(levels=2), FiniteElement(levels=1)):
        answer = run(problem, 1e-3, method)
        assert not answer.certificate.verifies(1e-3)
        assert answer.result is (Result.SUCCESSFUL if method.levels == 1 else Result.STAGNATED), (
            method
        )
        assert error(answer, problem, exact) > 1e-3


def test_too_few_unknowns_are_told() -> None:
    monitor = Monitor()
    answer = run(poisson(), 1e-7, FiniteElement(largest=500), monitor=monitor)
    assert answer.result is Result.STAGNATED
    assert any("500" in note for note in monitor.record.notes)
    assert numbers(answer, np.array([[0.5, 0.5]]))[0, 0] == pytest.approx(0.0737, abs=1e-3)


def test_a_spent_budget_keeps_the_best_level() -> None:
    answer = run(poisson(), 1e-12, monitor=Monitor(Budget(seconds=1e-3)))
    assert answer.result is Result.OUT_OF_BUDGET
    assert numbers(answer, np.array([[0.5, 0.5]]))[0, 0] == pytest.approx(0.0737, abs=1e-3)


def test_an_interruption_keeps_the_best_level(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = importlib.import_module("residuum.discretise.elements._level")

    real, calls = module.solve_steady, []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(module, "solve_steady", interrupted)
    answer = run(poisson(), 1e-12)
    assert answer.result is Result.INTERRUPTED and len(calls) == 3
    assert numbers(answer, np.array([[0.5, 0.5]]))[0, 0] == pytest.approx(0.0737, abs=1e-3)


def test_an_interruption_before_the_first_answer_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = importlib.import_module("residuum.discretise.elements._level")

    def interrupted(*arguments: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "solve_steady", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(poisson(), 1e-3)


@pytest.mark.slow
def test_data_without_a_solution_are_no_success() -> None:
    with pytest.warns(WellPosednessWarning):
        problem = Problem(SQUARE, Eq(-laplacian(v), 1 + x), [neumann(v, 0)])
    monitor = Monitor()
    answer = run(problem, 1e-3, monitor=monitor)
    assert not answer.result.ok
    assert any("no solution" in note for note in monitor.record.notes)


@pytest.mark.parametrize(
    ("left", "source"),
    [(-w.diff(x, 2) - 10 * sp.exp(w), 0), (-w.diff(x, 2) - sp.exp(3 * w**2), 5)],
)
def test_newton_without_a_solution_ends_in_a_code(left: Any, source: Any) -> None:
    answer = run(Problem(LINE, Eq(left, source), [dirichlet(w, 0)]), 1e-4)
    assert not answer.result.ok and not answer.certificate.verifies(1e-4)
    assert np.isfinite(numbers(answer, np.linspace(0, 1, 40)[:, None])).all()


def test_a_singular_statement_ends_in_a_code() -> None:
    # 2π² is an eigenvalue: no solution for this source.
    source = sp.sin(PI * x) * sp.sin(PI * y)
    problem = Problem(SQUARE, Eq(-laplacian(v) - 2 * PI**2 * v, source), [dirichlet(v, 0)])
    answer = run(problem, 1e-3)
    assert not answer.result.ok and not answer.certificate.verifies(1e-3)


@pytest.mark.parametrize("place", ["factor", "source", "evolving"])
def test_coefficients_that_are_not_numbers_end_in_a_code(place: str) -> None:
    k = coefficient("k", x, y)
    given = {"k": lambda a, b: np.where(np.asarray(a) > 0.5, np.nan, 1.0)}
    if place == "evolving":
        k = coefficient("k", t, x)
        conditions = [initial(u, 1), dirichlet(u, 1)]
        problem = Problem(ROD, Eq(u.diff(t) - laplacian(u), k), conditions, given=given)
    else:
        equation = Eq(-div(k * grad(v)), 1) if place == "factor" else Eq(-laplacian(v), k)
        problem = Problem(SQUARE, equation, [dirichlet(v, 0)], given=given)
    answer = run(problem, 1e-3)
    assert not answer.result.ok and not answer.certificate.verifies(1e-3)
    points = np.random.default_rng(107).uniform(0, 1, (20, 2))
    assert np.isfinite(numbers(answer, points)).all()


def test_a_mesh_may_be_given() -> None:
    disc = Disc((0, 0), 1)
    problem = Problem(disc, Eq(-laplacian(v), 4), [dirichlet(v, 0)])
    answer = run(problem, 1e-3, FiniteElement(mesh=mesh_of(disc, 0.3), order=2))
    assert answer.result is Result.SUCCESSFUL
    assert error(answer, problem, {v: 1 - x**2 - y**2}) < 1e-3
    other = mesh_of(Box(p=(0, 1), r=(0, 1)), 0.3)
    with pytest.raises(DomainError):
        run(problem, 1e-3, FiniteElement(mesh=other))


@pytest.mark.parametrize("scheme", [None, BDF()], ids=["esdirk", "bdf"])
def test_a_scheme_may_be_chosen(scheme: Any) -> None:
    exact = sp.exp(-t) * sp.sin(PI * x)
    problem, wanted = evolution(u.diff(t) - laplacian(u), exact)
    answer = run(problem, 1e-3, FiniteElement(scheme=scheme))
    assert answer.result is Result.SUCCESSFUL
    assert error(answer, problem, wanted) <= answer.certificate.relative


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (
            lambda: Problem(
                Box(t=(0, 1)), Eq(unknown("g", t).diff(t), 1), [initial(unknown("g", t), 0)]
            ),
            "space",
        ),
        (lambda: Problem(LINE, Eq(-w.diff(x, 2), unknown("w", x) ** 2), [dirichlet(w, 0)]), ""),
    ],
)
def test_refusals_say_why(problem: Any, reason: str) -> None:
    found = FiniteElement().refuse(problem())
    assert (found is None) is (reason == "") and (found is None or reason in found)


def test_pure_transport_and_high_derivatives_are_refused() -> None:
    carried = Problem(ROD, Eq(u.diff(t) + u.diff(x), 0), [initial(u, 0), periodic(u, "x")])
    assert "diffusion" in str(FiniteElement().refuse(carried))
    fourth = Eq(laplacian(laplacian(v)), 1)
    plate = Problem(SQUARE, fourth, [dirichlet(v, 0), neumann(v, 0)])
    assert "weak form" in str(FiniteElement().refuse(plate))


@pytest.mark.parametrize(
    "options", [{"order": 4}, {"order": 0}, {"size": 0.0}, {"levels": 0}, {"largest": 2.5}]
)
def test_wrong_options_are_refused(options: Any) -> None:
    with pytest.raises(OptionError):
        FiniteElement(**options)


def test_cubics_give_way_to_quadratics_in_space() -> None:
    problem = Problem(Ball((0, 0, 0), 1), Eq(-laplacian(q), 6), [dirichlet(q, 0)])
    answer = run(problem, 1e-2, FiniteElement(order=3, size=0.6, levels=1))
    assert answer.result is Result.SUCCESSFUL
    exact = {q: 1 - x**2 - y**2 - z**2}
    # Isoparametric quadratics on about ten cells across: measured 4e-3.
    assert error(answer, problem, exact) < 2e-2 and put(q, exact, (x, y, z)) == exact[q]


def test_the_mean_of_an_evolving_unknown_is_its_own() -> None:
    # Insulated and heated evenly, a disc warms by the time passed; its mean must not be held.
    u = unknown("u", t, x, y)
    warming = [Eq(u.diff(t) - laplacian(u), 1)]
    disc = Disc((0, 0), 1).over(t=(0, 0.2))
    problem = Problem(disc, warming, [initial(u, 1), neumann(u, 0)])
    answer = run(problem, 1e-3)
    found = answer.field.numeric(np.array([[0.2, 0.0, 0.0], [0.1, 0.5, 0.2]]))
    assert found is not None and np.abs(found[:, 0] - [1.2, 1.1]).max() < 1e-9
    held = Problem(disc, warming, [initial(u, 0), neumann(u, 0), integral(u, 0)])
    reason = FiniteElement().refuse(held)
    assert reason is not None and "pressure" in reason
