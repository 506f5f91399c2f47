"""Refinement to a tolerance: what is returned, what is believed, what is said."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import sympy as sp

from residuum._core import (
    Answer,
    Budget,
    Certificate,
    Method,
    Monitor,
    Result,
    Task,
    double_precision,
)
from residuum.certify import Refinement
from residuum.geometry import Disc
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    Solution,
    dirichlet,
    div,
    grad,
    space,
    unknown,
)

X, Y = space("x", "y")
U = unknown("u", X, Y)
EXACT = 1 - X**2 - Y**2
PROBLEM = Problem(
    domain=Disc((0, 0), 1), equations=[Eq(-div(grad(U)), 4)], conditions=[dirichlet(U, 0)]
)
TOL = 1e-3


@dataclass(frozen=True)
class Rival(Method):
    """A classical method that claims what it is told, and fails from zero if it is told so."""

    factor: float = 1.0
    claim: float = 1e-6
    fails: bool = False

    name: ClassVar[str] = "rival"
    family: ClassVar[str] = "classical"

    def refuse(self, problem: Any) -> str | None:
        return None

    def run(self, problem: Any, task: Task) -> Answer:
        field = ExpressionField((self.factor * EXACT,), PROBLEM.coordinates)
        if self.fails and task.start is None:
            return Answer(field, Result.DIVERGED)
        words = ("agreement of two levels",)
        return Answer(
            field, Result.SUCCESSFUL, Certificate("estimate", self.claim, self.claim, "L2", words)
        )


@dataclass(frozen=True)
class Elements(Rival):
    """The same under the name of elements, which are corrected on."""

    name: ClassVar[str] = "finite_element"


@dataclass(frozen=True)
class Counted(Elements):
    """The same, and it counts how often it is asked."""

    runs: list[Task] = dataclasses.field(default_factory=list)

    def run(self, problem: Any, task: Task) -> Answer:
        self.runs.append(task)
        return super().run(problem, task)


@dataclass(frozen=True)
class Slow(Counted):
    """The same, and it does not end before any limit."""

    def run(self, problem: Any, task: Task) -> Answer:
        found = super().run(problem, task)
        if not math.isfinite(task.monitor.budget.seconds):
            return found
        return Answer(found.field, Result.OUT_OF_BUDGET)


@dataclass(frozen=True)
class Hurried(Elements):
    """The same, and its time is up when its answer is good enough."""

    def run(self, problem: Any, task: Task) -> Answer:
        return dataclasses.replace(super().run(problem, task), result=Result.OUT_OF_BUDGET)


def refined(guess: Any, rival: Method | None, **options: Any) -> tuple[Answer, list[str]]:
    problem = options.pop("problem", PROBLEM)
    field = ExpressionField((sp.sympify(guess),), problem.coordinates)
    monitor = Monitor(Budget(options.pop("budget", 60.0)))
    known = Solution(problem, field, Result.STAGNATED, certificate=options.pop("known", None))
    with double_precision():
        answer = Refinement(TOL, rival, **options).run(known, monitor)
    return answer, monitor.record.notes


def test_a_guess_already_certified_is_returned_at_once() -> None:
    known = Certificate("bound", 1e-5, 1e-5, "L2", ("proved",))
    answer, notes = refined(EXACT, Rival(), known=known)
    assert answer.certificate == known and answer.result is Result.SUCCESSFUL
    assert "nothing was left to do" in notes[0]


def test_a_good_guess_is_proved_without_a_solve() -> None:
    answer, notes = refined(EXACT * (1 + sp.Float(1e-5)), Rival(factor=2.0))
    assert answer.certificate.verifies(TOL)
    assert any("nothing was solved" in note for note in notes)


def test_a_poor_guess_is_corrected_and_checked() -> None:
    answer, notes = refined(1.2 * EXACT + X * EXACT / 5, Elements())
    assert answer.certificate.verifies(TOL) and answer.result is Result.SUCCESSFUL
    assert any(note.startswith("corrected on elements") for note in notes)
    assert any("the guess saved" in note for note in notes)


def test_two_answers_that_disagree_are_not_believed() -> None:
    answer, notes = refined(1.2 * EXACT, Elements(factor=1.1))
    assert not answer.certificate.verifies(TOL)
    assert any("differs by" in note for note in notes)


def test_a_classical_answer_confirmed_on_one_mesh_needs_no_correction() -> None:
    answer, notes = refined(1.2 * EXACT + X * EXACT / 5, Elements(), budget=math.inf)
    assert answer.certificate.relative == 1e-6 and answer.result is Result.SUCCESSFUL
    assert any("confirms it" in note for note in notes)
    assert not any(note.startswith("corrected on elements") for note in notes)


def test_an_answer_that_is_good_enough_when_its_time_is_up_has_reached_the_tolerance() -> None:
    answer, notes = refined(1.2 * EXACT + X * EXACT / 5, Hurried(), budget=math.inf)
    assert answer.result is Result.SUCCESSFUL and answer.certificate.verifies(TOL)
    assert "confirms it" in " ".join(notes)


@pytest.mark.parametrize("guess", [1.2, 100.0])
def test_a_classical_answer_that_one_mesh_contradicts_is_not_believed(guess: float) -> None:
    rival = Counted(factor=1.4)
    answer, notes = refined(guess * EXACT, rival, budget=math.inf)
    assert not answer.certificate.verifies(TOL)
    assert any("differs by" in note for note in notes) and len(rival.runs) == 1


# No bound is known of this: u³ makes it nonlinear.
CUBED = PROBLEM.replace(equations=[Eq(-div(grad(U)) + U**3, 4 + EXACT**3)])
NEAR = EXACT * (1 + sp.Float(2e-4))


def test_a_guess_that_may_do_is_judged_by_an_answer_that_comes_soon() -> None:
    answer, notes = refined(NEAR, Counted(), budget=math.inf, problem=CUBED)
    assert answer.certificate.by == "two methods" and answer.certificate.verifies(TOL)
    assert answer.certificate.relative == pytest.approx(2e-4 + 1e-6, rel=1e-2)
    assert any("confirms it" in note for note in notes)


def test_a_guess_that_may_do_is_judged_by_its_correction_where_none_comes_soon() -> None:
    rival = Slow()
    answer, notes = refined(NEAR, rival, budget=math.inf, problem=CUBED)
    assert answer.certificate.verifies(TOL) and len(rival.runs) == 1
    assert any("met the tolerance by an estimate" in note for note in notes)


def test_a_guess_that_may_do_is_no_proof_of_another_answer() -> None:
    # The answer that comes soon contradicts it; so does the one that comes late.
    answer, notes = refined(NEAR, Counted(factor=1.01), budget=math.inf, problem=CUBED)
    assert answer.certificate.by == "defect correction" and answer.certificate.verifies(TOL)
    assert any("differs by 9.9e-03" in note for note in notes)


def test_a_method_that_fails_from_zero_leaves_it_to_the_correction() -> None:
    answer, notes = refined(1.2 * EXACT, Elements(fails=True), budget=math.inf)
    assert answer.certificate.verifies(TOL)
    assert any(note.startswith("corrected on elements") for note in notes)


def test_without_the_comparison_the_correction_stands_alone() -> None:
    answer, notes = refined(1.2 * EXACT, Elements(factor=1.1), compare=False)
    assert answer.certificate.verifies(TOL)
    assert not any("from zero" in note for note in notes)


def test_elsewhere_the_classical_answer_takes_over_and_says_so() -> None:
    answer, notes = refined(1.2 * EXACT, Rival())
    assert answer.certificate.relative == pytest.approx(1e-6)
    # The guess is off by 0.2 of its own norm.
    assert any("the guess was off by 2.0e-01 and saved nothing" in note for note in notes)


def test_a_method_that_fails_from_zero_starts_from_the_guess() -> None:
    answer, notes = refined(1.2 * EXACT, Rival(fails=True))
    assert answer.certificate.verifies(TOL)
    assert any("from the guess" in note for note in notes)


def test_a_rival_that_cannot_do_better_leaves_what_is_known() -> None:
    answer, _ = refined(1.2 * EXACT, Rival(claim=0.5))
    assert not answer.certificate.verifies(TOL)
    assert answer.certificate.kind in ("bound", "estimate")


def test_without_a_rival_the_correction_is_tried() -> None:
    answer, _ = refined(1.2 * EXACT, None)
    assert answer.certificate.verifies(TOL)
