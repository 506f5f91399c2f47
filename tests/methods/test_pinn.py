"""Physics-informed networks: recipes, judging, stopping, parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import brentq

from residuum._core import (
    LinearField,
    Result,
    Task,
    UnsuitableMethod,
    double_precision,
    in_double_precision,
)
from residuum._solve import solve
from residuum.fields import MLP, Gaussians, TensorChebyshev
from residuum.geometry import Box
from residuum.learning import Adam, GaussNewton, HeadGaussNewton, Trainable, VariableProjection
from residuum.methods import PINN
from residuum.methods._pinn import _Draw, default_rule
from residuum.objectives import (
    Balance,
    ResidualAdaptive,
    Rows,
    StrongResidual,
    weighed,
    weights_of,
)
from residuum.problem import (
    Eq,
    Problem,
    closure,
    dirichlet,
    hard_conditions,
    initial,
    laplacian,
    observe,
    parameter,
    scaling,
    space,
    time,
    unknown,
)

x, y = space("x", "y")
t = time("t")
u = unknown("u", t, x)
v = unknown("v", x, y)
w = unknown("w", x)
FEW = ResidualAdaptive(count=200, pool=600)


def poisson() -> Problem:
    source = 2 * sp.pi**2 * sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
    return Problem(Box(x=(0, 1), y=(0, 1)), Eq(-laplacian(v), source), [dirichlet(v, 0)])


def layer() -> Problem:
    """w'' = exp(w), a nonlinear problem in one dimension."""
    return Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), sp.exp(w)), [dirichlet(w, 0)])


def test_network_solves_poisson() -> None:
    answer = solve(poisson(), PINN(field=MLP(10, 2), points=FEW), budget=20, key=7, progress=False)
    grid = np.linspace(0, 1, 21)
    exact = np.sin(np.pi * grid)[:, None] * np.sin(np.pi * grid)
    gap = np.abs(answer(x=grid[:, None], y=grid) - exact).max()
    # A thousandth of the answer's size: far below what an untrained field gives.
    assert gap < 1e-3
    assert answer.certificate.kind == "bound"  # of a linear problem, given after the solve
    assert answer.record.unknowns == 3 * 10 + 11 * 10 + 11


@pytest.mark.parametrize("rule", [GaussNewton(), VariableProjection(), HeadGaussNewton()])
def test_rules_agree_on_a_nonlinear_problem(rule: GaussNewton) -> None:
    method = PINN(field=MLP(12, 1), rule=rule, points=FEW)
    answer = solve(layer(), method, budget=10, key=7, progress=False)
    # w = ln(c²/2 / cos²(c (x - ½)/2)) solves w'' = exp(w); w(0) = 0 fixes c.
    c = brentq(lambda c: np.log(c**2 / 2 / np.cos(c / 4) ** 2), 0.5, 3.0)
    assert answer(x=0.5) == pytest.approx(np.log(c**2 / 2), abs=2e-3)


def test_rule_follows_from_what_can_be_trained() -> None:
    problem = poisson()
    with double_precision():
        sizes, hard = scaling(problem), hard_conditions(problem)
        starts = {
            recipe.name: PINN(field=recipe).start(problem, sizes, hard, Task())
            for recipe in (TensorChebyshev(6), MLP(10, 2))
        }
        big = PINN(field=MLP(80, 3)).start(problem, sizes, hard, Task())
        assert isinstance(default_rule(starts["chebyshev"]), HeadGaussNewton)
        assert isinstance(default_rule(starts["mlp"]), GaussNewton)
        assert isinstance(default_rule(big), Adam)


@pytest.mark.slow
def test_polynomials_reach_rounding_on_a_smooth_problem() -> None:
    answer = solve(poisson(), PINN(field=TensorChebyshev(14)), key=7, progress=False)
    # Degree 14 represents sin(πx) sin(πy) to 1e-10.
    assert answer(x=0.5, y=0.25) == pytest.approx(np.sin(np.pi / 4), abs=1e-8)


def test_large_residual_is_stagnation_not_success() -> None:
    method = PINN(field=MLP(4, 1), rule=Adam(steps=50), points=FEW)
    answer = solve(poisson(), method, key=7, progress=False)
    assert answer.result is Result.STAGNATED
    assert any("of the size of the terms" in note for note in answer.record.notes)


def test_tolerance_is_never_claimed_without_a_certificate() -> None:
    answer = solve(
        poisson(), PINN(field=TensorChebyshev(14)), tol=1e-3, key=7, progress=False, refine=None
    )
    assert answer.result is Result.TOLERANCE_NOT_VERIFIED


def test_budget_is_kept_and_said() -> None:
    answer = solve(poisson(), PINN(points=FEW), budget=2.5, key=7, progress=False, refine=None)
    assert answer.result in (Result.OUT_OF_BUDGET, Result.SUCCESSFUL)
    # One iteration and one compilation may run over, each many seconds on a busy machine.
    assert answer.record.seconds["total"] < 30


def test_soft_conditions_are_named_in_the_record() -> None:
    soft = solve(poisson(), PINN(field=MLP(8, 1), points=FEW, hard=False), budget=4, progress=False)
    assert any("met only by weight: dirichlet" in note for note in soft.record.notes)
    hard = solve(poisson(), PINN(field=TensorChebyshev(6), points=FEW), progress=False)
    assert "all conditions are met exactly" in hard.record.notes


def test_diffusivity_is_inferred_from_measurements() -> None:
    number = parameter("D", bounds=(0.01, 1.0))
    random = np.random.default_rng(5)
    times, places = random.uniform(0, 1, 60), random.uniform(0, 1, 60)
    exact = np.exp(-0.2 * np.pi**2 * times) * np.sin(np.pi * places)
    seen = exact + 0.01 * random.normal(size=60)
    problem = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t), number * u.diff(x, 2)),
        [initial(u, sp.sin(sp.pi * x)), dirichlet(u, 0)],
        observations=[observe(u, seen, at={"t": times, "x": places}, noise=0.01)],
    )
    answer = solve(problem, PINN(field=MLP(10, 2), points=FEW), budget=15, key=7, progress=False)
    # 60 values of noise 0.01 fix D to about 2 per cent.
    assert answer.parameters["D"] == pytest.approx(0.2, rel=0.05)


def test_gaussians_can_be_a_network_field() -> None:
    method = PINN(field=Gaussians(100), points=ResidualAdaptive(count=400, pool=800))
    answer = solve(poisson(), method, key=7, progress=False)
    assert answer(x=0.5, y=0.5) == pytest.approx(1.0, abs=1e-3)


def test_closures_are_refused_with_names_of_methods_that_fit() -> None:
    part = closure("k", w)
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), part), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod, match="closures"):
        solve(problem, PINN())


def test_interruption_keeps_the_best_answer() -> None:
    calls = []

    def listener(fraction: float, message: str) -> None:
        calls.append(message)
        if len(calls) == 12:
            raise KeyboardInterrupt

    answer = solve(layer(), PINN(field=MLP(8, 1), points=FEW), key=7, progress=listener)
    assert answer.result is Result.INTERRUPTED
    assert np.isfinite(answer(x=0.3))


class Doubled(Balance):
    """Conditions count twice as much as the round before."""

    seen: ClassVar[list[list[float]]] = []

    def weigh(
        self, trained: Trainable, rows: Sequence[Rows], before: Sequence[Rows] | None = None
    ) -> list[Rows]:
        old = weights_of(before, rows)
        new = np.ones(len(rows)) if old is None else old * [1, 2]
        self.seen.append(list(new))
        return [weighed(item, weight) for item, weight in zip(rows, new, strict=True)]


def test_a_balance_is_asked_at_every_draw_and_sees_its_last_weights() -> None:
    Doubled.seen.clear()
    method = PINN(MLP(6, 1), GaussNewton(35), FEW, hard=False, balance=Doubled())
    solve(layer(), method, key=7, progress=False, refine=None)
    # Before the training, every ten of 35 iterations, and after the last.
    np.testing.assert_allclose(Doubled.seen, [[1, 2**i] for i in range(6)], rtol=1e-12)


class Nothing(StrongResidual):
    """An objective that no problem has."""

    def refuse(self, problem: Problem) -> str | None:
        return "no such thing"


def test_an_objective_that_a_problem_does_not_have_is_refused() -> None:
    with pytest.raises(UnsuitableMethod, match="no such thing"):
        solve(layer(), PINN(objective=Nothing()))


@in_double_precision
def test_weights_that_miss_the_conditions_are_not_the_best() -> None:
    """Nothing at all obeys u'' = 0: judged inside alone it would be taken for the answer."""
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), 0), [dirichlet(w, x)])
    method, task = PINN(TensorChebyshev(3), points=FEW, hard=False), Task(key=7)
    sizes, hard = scaling(problem), hard_conditions(problem, False)
    field, numbers = method.start(problem, sizes, hard, task)
    assert isinstance(field, LinearField)
    draw = _Draw(method, problem, sizes, method._around(problem, sizes, hard, task), task.key)
    nothing = field.with_head(0 * field.head), numbers
    _, held = draw(nothing, 0)
    # u = 0 misses 1 at one of two ends, against a solution of size 1.
    assert held == pytest.approx(np.sqrt(0.5), rel=1e-6)
    line = solve(problem, method, key=7, progress=False, refine=None)
    assert line(x=1.0) == pytest.approx(1.0, abs=1e-9)
