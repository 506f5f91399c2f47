"""Slabs of time: joined exactly, as long as the residual kept aside allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Answer, OptionError, Result, Task, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import MLP, SlabField, TensorChebyshev, TimeProducts
from residuum.geometry import Box
from residuum.learning import GaussNewton
from residuum.methods import PINN, RandomFeatures, TimeSlabs
from residuum.objectives import ResidualAdaptive
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    initial,
    initial_rate,
    parameter,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u = unknown("u", t, x)
q = unknown("q", t)
FEATURES = RandomFeatures(TimeProducts(TensorChebyshev(12), 5), scales=(1.0,))


def heat(end: float = 0.2) -> Problem:
    conditions = [initial(u, sp.sin(sp.pi * x)), dirichlet(u, 0)]
    return Problem(Box(t=(0, end), x=(0, 1)), Eq(u.diff(t), u.diff(x, 2)), conditions)


def wave() -> Problem:
    conditions = [initial(u, sp.sin(sp.pi * x)), initial_rate(u, 0), dirichlet(u, 0)]
    return Problem(Box(t=(0, 2), x=(0, 1)), Eq(u.diff(t, 2), u.diff(x, 2)), conditions)


def places(end: float, count: int = 200) -> np.ndarray:
    return np.random.default_rng(41).uniform(0, 1, (count, 2)) * [end, 1]


@pytest.mark.slow
def test_equal_slabs_join_exactly() -> None:
    answer = solve(heat(), TimeSlabs(FEATURES, slabs=3), refine=None, progress=False)
    at = places(0.2)
    exact = np.exp(-(np.pi**2) * at[:, 0]) * np.sin(np.pi * at[:, 1])
    # Degrees 12 and 5 on a smooth answer: 2e-8 was measured.
    assert answer.error(lambda _: exact, at) < 1e-6
    assert isinstance(answer.field, SlabField) and len(answer.field.parts) == 3
    for knot in answer.record.history["slab ends"][:-1]:
        sides = [np.column_stack([np.full(9, knot + s), np.linspace(0, 1, 9)]) for s in (-1e-13, 0)]
        jump = np.abs(answer.at(sides[0]) - answer.at(sides[1])).max()
        assert jump < 1e-11, "the next slab begins from the state the last one ended with"


@pytest.mark.slow
def test_second_order_in_time_carries_the_rate() -> None:
    answer = solve(wave(), TimeSlabs(FEATURES, slabs=4), refine=None, progress=False)
    at = places(2.0)
    exact = np.cos(np.pi * at[:, 0]) * np.sin(np.pi * at[:, 1])
    # Losing the rate at a knot would leave errors of order one; 5e-5 was measured.
    assert answer.error(lambda _: exact, at) < 1e-3


@pytest.mark.slow
def test_lengths_follow_the_residual() -> None:
    # A rate that is thirty times faster at first: the first slabs have to be shorter.
    rate = 1 + 30 * sp.exp(-10 * t)
    decay = Problem(Box(t=(0, 2)), Eq(q.diff(t), -rate * q + rate * sp.cos(t)), [initial(q, 0)])
    method = TimeSlabs(RandomFeatures(TensorChebyshev(8), scales=(1.0,)), accuracy=1e-3)
    answer = solve(decay, method, refine=None, progress=False)
    ends = answer.record.history["slab ends"]
    lengths = np.diff([0.0, *ends])
    assert answer.result is Result.SUCCESSFUL
    assert np.sum(answer.record.history["residual kept aside"]) < 1e-3
    assert lengths[0] < lengths[-2:].max()


@pytest.mark.slow
def test_networks_march_too() -> None:
    network = PINN(MLP(8, 1), GaussNewton(40), ResidualAdaptive(200, 600))
    answer = solve(heat(), TimeSlabs(network, slabs=2), refine=None, progress=False)
    at = places(0.2)
    exact = np.exp(-(np.pi**2) * at[:, 0]) * np.sin(np.pi * at[:, 1])
    assert answer.error(lambda _: exact, at) < 1e-2


class Failing(RandomFeatures):
    """Fails, or is interrupted, from the second slab on."""

    error: Any = FloatingPointError("spoiled")

    def run(self, problem: Problem, task: Task) -> Answer:
        assert problem.interval is not None
        if problem.interval[0] > 0:
            raise self.error
        return super().run(problem, task)


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (FloatingPointError("spoiled"), Result.NOT_FINITE),
        (MemoryError("too large"), Result.OUT_OF_MEMORY),
        (KeyboardInterrupt(), Result.INTERRUPTED),
    ],
    ids=str,
)
def test_what_was_reached_is_kept(error: Any, result: Result) -> None:
    method = Failing(TimeProducts(TensorChebyshev(6), 3), scales=(1.0,))
    object.__setattr__(method, "error", error)
    answer = solve(heat(), TimeSlabs(method, slabs=2), refine=None, progress=False)
    assert answer.result is result
    late = answer.at(np.array([[0.15, 0.5], [0.2, 0.5]]))
    np.testing.assert_allclose(late, answer.at(np.array([[0.1, 0.5]] * 2)), atol=1e-12)
    assert any("time 0.1 was reached" in note for note in answer.record.notes)


@pytest.mark.slow
def test_a_spent_budget_keeps_the_slabs_so_far() -> None:
    answer = solve(heat(), TimeSlabs(FEATURES, slabs=200), refine=None, progress=False, budget=1e-2)
    assert answer.result is Result.OUT_OF_BUDGET
    assert np.isfinite(answer.at(places(0.2))).all()


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_what_has_no_slabs_is_refused() -> None:
    w = unknown("w", x)
    bar = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), 1), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod, match="no time"):
        solve(bar, TimeSlabs())
    rate = parameter("k", bounds=(0, 1))
    decay = Problem(Box(t=(0, 1)), Eq(q.diff(t), -rate * q), [initial(q, 1)])
    with pytest.raises(UnsuitableMethod, match="all times at once"):
        solve(decay, TimeSlabs(FEATURES))


@pytest.mark.parametrize(
    "options", [{"slabs": 0}, {"accuracy": 0.0}, {"shortest": 0.5, "longest": 0.1}, {"method": 3}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        TimeSlabs(**options)


@pytest.mark.slow
def test_a_finer_method_takes_over_where_the_residual_asks_for_it() -> None:
    coarse, fine = (
        RandomFeatures(TimeProducts(TensorChebyshev(n), 4), scales=(1.0,)) for n in (1, 12)
    )
    method = TimeSlabs((coarse, fine), slabs=2, accuracy=1e-3)
    answer = solve(heat(0.1), method, refine=None, progress=False)
    # A straight line in space leaves per cents of the terms, degree twelve far less than a share.
    assert max(answer.record.history["residual kept aside"]) < 5e-4
    assert answer.record.evaluations["slabs tried"] == 4


class _Explodes(RandomFeatures):
    """Hand back a slab a million times too large, after the first."""

    def run(self, problem: Problem, task: Task) -> Answer:
        answer = super().run(problem, task)
        assert problem.interval is not None
        if problem.interval[0] > 0:
            answer.field = ExpressionField((sp.Float(1e6) * sp.sin(9 * x),), (t, x))
        return answer


def test_a_slab_that_blows_up_is_left_out() -> None:
    method = TimeSlabs(_Explodes(TimeProducts(TensorChebyshev(8), 4), scales=(1.0,)), slabs=2)
    answer = solve(heat(), method, refine=None, progress=False)
    assert answer.result is Result.DIVERGED
    assert any("blew up" in note for note in answer.record.notes)
    assert np.abs(answer.at(places(0.2))).max() < 1.1
