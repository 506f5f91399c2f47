"""solve: arguments, the choice of a method, and how its answer is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import (
    Answer,
    Certificate,
    Method,
    Monitor,
    OptionError,
    Result,
    Task,
    UnsuitableMethod,
    generator,
)
from residuum.methods import METHODS, choose, fitting
from residuum.problem import ExpressionField

t, x = rs.time("t"), rs.space("x")
w, u, v = rs.unknown("w", x), rs.unknown("u", t, x), rs.unknown("v", t)
EXACT = x * (1 - x) / 2
GOOD = Certificate("bound", 1e-6, 1e-5, "L2", ("exactness",))


def bar() -> rs.Problem:
    """-w'' = 1, zero at both ends: w = x(1-x)/2."""
    return rs.Problem(rs.Box(x=(0, 1)), rs.Eq(-w.diff(x, 2), 1), [rs.dirichlet(w, 0)], name="bar")


def heat() -> rs.Problem:
    conditions = [rs.initial(u, sp.sin(sp.pi * x)), rs.dirichlet(u, 0)]
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), rs.Eq(u.diff(t), u.diff(x, 2)), conditions)


@dataclass(frozen=True)
class Fake(Method):
    """Answers what it is told, after doing what it is told."""

    expression: Any = EXACT
    result: Result = Result.SUCCESSFUL
    certificate: Certificate = field(default_factory=Certificate)
    parameters: tuple[tuple[str, float], ...] = ()
    act: Callable[[Any, Task], None] | None = field(default=None, repr=False)
    refusal: str | None = None

    name: ClassVar[str] = "fake"

    def refuse(self, problem: Any) -> str | None:
        return self.refusal

    def run(self, problem: Any, task: Task) -> Answer:
        if self.act is not None:
            self.act(problem, task)
        made = ExpressionField((sp.sympify(self.expression),), problem.coordinates)
        return Answer(made, self.result, self.certificate, dict(self.parameters))


def solved(method: Method | None = None, problem: rs.Problem | None = None, **options: Any) -> Any:
    """Solve, by default without any word on the error beyond the method's own."""
    options = {"progress": False, "refine": None, **options}
    return rs.solve(problem or bar(), method or Fake(), **options)


def raising(error: BaseException) -> Callable[[Any, Task], None]:
    def act(problem: Any, task: Task) -> None:
        raise error

    return act


ESTIMATE = Certificate("estimate", 1e-3, 1e-2, "L2")


@pytest.mark.parametrize(
    ("tol", "ended", "certificate", "expected"),
    [
        (None, Result.SUCCESSFUL, GOOD, Result.SUCCESSFUL),
        (None, Result.STAGNATED, GOOD, Result.STAGNATED),
        (1e-4, Result.SUCCESSFUL, GOOD, Result.TOLERANCE_REACHED),
        (1e-5, Result.SUCCESSFUL, GOOD, Result.TOLERANCE_REACHED),
        (1e-6, Result.SUCCESSFUL, GOOD, Result.TOLERANCE_NOT_REACHED),
        (1e-1, Result.SUCCESSFUL, ESTIMATE, Result.TOLERANCE_REACHED),
        (1e-3, Result.SUCCESSFUL, ESTIMATE, Result.TOLERANCE_NOT_REACHED),
        (1e-4, Result.SUCCESSFUL, Certificate(), Result.TOLERANCE_NOT_VERIFIED),
        (1e-4, Result.OUT_OF_BUDGET, GOOD, Result.OUT_OF_BUDGET),
        (1e-4, Result.DIVERGED, Certificate(), Result.DIVERGED),
        (1e-4, Result.STAGNATED, GOOD, Result.STAGNATED),
    ],
)
def test_a_tolerance_is_reached_only_with_a_certificate(
    tol: float | None, ended: Result, certificate: Certificate, expected: Result
) -> None:
    answer = solved(Fake(result=ended, certificate=certificate), tol=tol)
    assert answer.result is expected
    assert answer.certificate == certificate
    assert answer.result.ok is (expected in (Result.SUCCESSFUL, Result.TOLERANCE_REACHED))


@pytest.mark.parametrize("tol", [None, 1e-4])
def test_a_method_cannot_claim_a_tolerance(tol: float | None) -> None:
    answer = solved(Fake(result=Result.TOLERANCE_REACHED), tol=tol)
    assert answer.result is not Result.TOLERANCE_REACHED


def test_the_certificate_is_relative_not_absolute() -> None:
    large = Certificate("bound", 1.0, 1e-6, "L2")
    small = Certificate("bound", 1e-6, 1.0, "L2")
    assert solved(Fake(certificate=large), tol=1e-4).result is Result.TOLERANCE_REACHED
    assert solved(Fake(certificate=small), tol=1e-4).result is Result.TOLERANCE_NOT_REACHED


def test_a_certificate_without_relative_error_verifies_nothing() -> None:
    answer = solved(Fake(certificate=Certificate("bound", 1e-9)), tol=1e-1)
    assert answer.result is Result.TOLERANCE_NOT_REACHED


@pytest.mark.parametrize("expression", [sp.log(x - 2), 1e308 * sp.exp(800 * (x + 1))])
@pytest.mark.parametrize("tol", [None, 1e-4])
def test_a_field_that_is_not_finite_is_said_so(expression: Any, tol: float | None) -> None:
    answer = solved(Fake(expression, certificate=GOOD), tol=tol)
    assert answer.result is Result.NOT_FINITE
    assert answer.certificate.kind == "none"
    assert any("not finite" in note for note in answer.record.notes)
    with pytest.raises(rs.ResiduumError, match="not finite"):
        answer.check()


def test_an_answer_that_is_not_finite_is_not_handed_out() -> None:
    assert np.isfinite(solved(Fake(sp.log(x - 2)))(x=np.linspace(0, 1, 5))).all()


def test_an_inferred_number_that_is_not_finite_is_said_so() -> None:
    answer = solved(Fake(parameters=(("D", float("nan")),)))
    assert answer.result is Result.NOT_FINITE


@pytest.mark.parametrize(
    ("error", "result", "note"),
    [
        (MemoryError("needs 10000 MB"), Result.OUT_OF_MEMORY, "10000 MB"),
        (KeyboardInterrupt(), Result.INTERRUPTED, "interrupted"),
        (FloatingPointError("the system is singular"), Result.NOT_FINITE, "singular"),
    ],
)
def test_failures_of_a_method_are_answers_with_the_lift(
    error: BaseException, result: Result, note: str
) -> None:
    answer = solved(Fake(act=raising(error)), heat(), tol=1e-3)
    assert answer.result is result and not answer.result.ok
    assert any(note in text and "lift" in text for text in answer.record.notes)
    assert answer.certificate.kind == "none"
    places = np.linspace(0, 1, 7)
    # The lift of walls at zero is the initial value: a sine, rounded at most twice.
    np.testing.assert_allclose(answer(t=0.0, x=places), np.sin(np.pi * places), atol=1e-15)
    np.testing.assert_allclose(answer(t=0.5, x=[0.0, 1.0]), 0.0, atol=1e-15)
    assert answer.record.seconds["total"] > 0


@pytest.mark.parametrize("error", [RuntimeError("a bug"), ZeroDivisionError(), SystemExit(3)])
def test_errors_of_programming_are_not_hidden(error: BaseException) -> None:
    with pytest.raises(type(error)):
        solved(Fake(act=raising(error)))


def test_a_refusal_names_the_methods_that_fit() -> None:
    with pytest.raises(UnsuitableMethod) as caught:
        solved(Fake(refusal="it wants a torus"))
    assert "a problem that suits fake; got it wants a torus" in str(caught.value)
    names = [method.name for method in fitting(bar())]
    assert names and caught.value.remedy == f"Methods that fit: {', '.join(names)}."
    assert "spectral" in names and "time_integration" not in names


def test_a_refused_method_is_not_run() -> None:
    with pytest.raises(UnsuitableMethod):
        solved(Fake(refusal="no", act=raising(AssertionError("it was run"))))


def test_methods_that_fit_are_those_that_do_not_refuse() -> None:
    for problem in (bar(), heat()):
        found = {method.name for method in fitting(problem)}
        assert found == {n for n, kind in METHODS.items() if kind().refuse(problem) is None}


def test_the_choice_is_explained_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("residuum.methods.choose", lambda problem: (Fake(), "it is at hand"))
    answer = rs.solve(bar(), progress=False)
    assert "method chosen: it is at hand" in answer.record.notes
    assert answer.record.method.startswith("Fake(")
    assert rs.explain(bar()) == "it is at hand"


def test_the_first_method_that_fits_is_chosen() -> None:
    method, reason = choose(bar())
    assert method.name == "spectral" and "spectral" in reason
    assert rs.explain(bar()) == reason
    ring = [rs.initial(u, sp.cos(2 * sp.pi * x)), rs.periodic(u, x)]
    assert choose(heat().replace(conditions=ring))[0].name == "spectral"
    swing = rs.Problem(rs.Box(t=(0, 1)), rs.Eq(v.diff(t), -v), [rs.initial(v, 1)])
    assert choose(swing)[0].name == "time_integration"


def test_the_record_tells_method_seed_time_memory_and_versions() -> None:
    def act(problem: Any, task: Task) -> None:
        with task.monitor.phase("solve"):
            sum(range(1000))
        task.monitor.record.unknowns = 12
        task.monitor.record.evaluations["residual"] = 3

    record = solved(Fake(act=act), key=11).record
    assert record.method.startswith("Fake(") and record.seed == "11"
    assert 0 < record.seconds["solve"] <= record.seconds["total"] < 60
    assert record.unknowns == 12 and record.evaluations == {"residual": 3}
    # A process that has loaded JAX takes between 50 MB and 1 TB.
    assert 50 < record.peak_memory_mb < 1e6
    assert {"python", "platform", "residuum", "jax", "numpy"} <= set(record.versions)
    assert record.versions["numpy"] == np.__version__


def test_a_method_gets_tolerance_key_and_budget() -> None:
    seen: list[Task] = []
    budget = rs.Budget(5.0, memory_mb=100.0)
    solved(Fake(act=lambda _, task: seen.append(task)), tol=1e-3, key=13, budget=budget)
    solved(Fake(act=lambda _, task: seen.append(task)), budget=2)
    solved(Fake(act=lambda _, task: seen.append(task)))
    first, second, third = seen
    assert (first.tol, first.key, first.monitor.budget) == (1e-3, 13, budget)
    assert second.monitor.budget == rs.Budget(2.0) and second.monitor.remaining < 2
    assert third.tol is None and third.monitor.remaining == float("inf")
    assert not third.monitor.spent


def test_a_method_runs_in_double_precision_and_leaves_it() -> None:
    seen: list[Any] = []
    solved(Fake(act=lambda *_: seen.append(jnp.asarray([0.1]).dtype)))
    assert seen == [jnp.float64]
    assert jnp.asarray([0.1]).dtype == jnp.float32


def test_precision_is_restored_after_an_error() -> None:
    with pytest.raises(RuntimeError):
        solved(Fake(act=raising(RuntimeError())))
    assert jnp.asarray([0.1]).dtype == jnp.float32


def test_answers_are_numpy_in_double_precision() -> None:
    answer = solved()
    values = answer(x=np.linspace(0, 1, 5))
    assert type(values) is np.ndarray and values.dtype == np.float64
    assert type(answer(x=0.5)) is float
    # Single precision would be wrong by 1e-9 here.
    assert answer(x=0.3) == pytest.approx(0.105, rel=1e-15)


def test_inferred_numbers_are_handed_on() -> None:
    assert solved(Fake(parameters=(("D", 0.25),))).parameters == {"D": 0.25}


def test_progress_goes_to_the_listener_between_nought_and_one() -> None:
    heard: list[tuple[float, str]] = []

    def act(problem: Any, task: Task) -> None:
        for fraction in (-1.0, 0.5, 2.0):
            task.monitor.update(fraction, "half way")

    solved(Fake(act=act), progress=lambda fraction, message: heard.append((fraction, message)))
    assert heard == [(0.0, "half way"), (0.5, "half way"), (1.0, "half way")]


def test_silence_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    solved(Fake(act=lambda _, task: task.monitor.update(0.5, "half way")))
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""


def test_no_bar_is_shown_away_from_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    solved(Fake(act=lambda _, task: task.monitor.update(0.5, "half way")), progress=None)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("key", [-7, True, 1.5, "seven", None])
def test_the_key_is_checked_before_the_method_runs(key: Any) -> None:
    with pytest.raises(OptionError, match=r"key|whole number"):
        solved(key=key)


def test_a_jax_key_is_a_key() -> None:
    drawn: list[float] = []
    for key in (jax.random.key(11), jax.random.key(11), jax.random.key(12)):
        solved(Fake(act=lambda _, task: drawn.append(generator(task.key).normal())), key=key)
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("tol", [0, -1e-3, 1, 2.0, float("nan"), float("inf"), True, "low"])
def test_tolerances_are_relative_errors(tol: Any) -> None:
    with pytest.raises(OptionError, match="between 0 and 1"):
        solved(tol=tol)


@pytest.mark.parametrize("tol", [np.float64(1e-3), pytest.param(np.float32(1e-3))])
def test_tolerances_of_numpy_are_numbers(tol: Any) -> None:
    assert solved(Fake(certificate=GOOD), tol=tol).result is Result.TOLERANCE_REACHED


def test_wrong_arguments_are_found_before_the_method_runs() -> None:
    act = raising(AssertionError("it was run"))
    for options in ({"tol": 0}, {"budget": 0}, {"budget": float("nan")}):
        with pytest.raises(OptionError):
            solved(Fake(act=act), **options)


def test_the_clock_starts_with_the_solve() -> None:
    monitors: list[Monitor] = []
    answer = solved(Fake(act=lambda _, task: monitors.append(task.monitor)), budget=1e-9)
    assert monitors[0].spent
    assert answer.record is monitors[0].record
