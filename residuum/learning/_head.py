"""Gauss–Newton on the last layer alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from residuum._core import LinearField, Monitor, OptionError, Result, Source, one_blas_thread
from residuum.learning._least_squares import least_squares, misfit
from residuum.learning._rule import Draw, LearningRule, Outcome, Trainable
from residuum.objectives import Inferred, Rows


@dataclass(frozen=True)
class HeadGaussNewton(LearningRule):
    """Linearise, solve for the last layer by rank-revealing least squares, halve steps if needed.

    For a linear problem the first step is the answer. Inner weights never move, so the field has to
    have good features from the start.

    Args:
        iterations: most iterations.
        settle: relative fall of the residual below which it has settled.
    """

    iterations: int = 30
    settle: float = 1e-6

    name: ClassVar[str] = "head_gauss_newton"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "quasilinearization",
            "Quasilinearization and Nonlinear Boundary-Value Problems",
            "R. Bellman, R. Kalaba",
            1965,
            "rand:R-438-PR",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.iterations < 1 or not self.settle > 0:
            raise OptionError(
                "iterations of at least 1, settle above 0", repr(self), "Correct them."
            )

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        field, numbers = start
        if not isinstance(field, LinearField):
            raise OptionError("a field with a last layer", type(field).__name__, "Use GaussNewton.")
        if numbers.raw:
            raise OptionError("no parameters to infer", ", ".join(numbers.raw), "Use GaussNewton.")
        best = misfit(field, rows)
        outcome = Outcome(
            start, Result.OUT_OF_BUDGET, f"all {self.iterations} iterations are taken"
        )
        outcome.losses.append(best**2 / 2)
        try:
            with one_blas_thread():
                self._loop(field, numbers, rows, monitor, outcome)
        except KeyboardInterrupt:
            outcome.result, outcome.reason = Result.INTERRUPTED, "interrupted"
        return outcome

    def _loop(
        self,
        field: LinearField,
        numbers: Inferred,
        rows: Sequence[Rows],
        monitor: Monitor,
        outcome: Outcome,
    ) -> None:
        memory = monitor.budget.memory_mb
        size = misfit(field, rows)
        for iteration in range(self.iterations):
            with monitor.phase("solve"):
                found = _shorten(
                    field, least_squares(field, rows, memory_mb=memory).field, rows, size
                )
            if found is None:
                outcome.result, outcome.reason = Result.SUCCESSFUL, "no step lowers the residual"
                return
            field, new = found
            outcome.trained = (field, numbers)
            outcome.losses.append(new**2 / 2)
            monitor.update((iteration + 1) / self.iterations, f"residual {new:.1e}")
            if size - new <= self.settle * size:
                outcome.result, outcome.reason = Result.SUCCESSFUL, "the residual has settled"
                return
            size = new
            if monitor.spent:
                outcome.result, outcome.reason = Result.OUT_OF_BUDGET, "the time budget is spent"
                return


def _shorten(
    old: LinearField, new: LinearField, rows: Sequence[Rows], size: float
) -> tuple[LinearField, float] | None:
    """Return the longest of steps 1, ½, ¼, … that lowers the residual, and what it leaves."""
    length = 1.0
    while length > 1e-4:
        trial = old.with_head(old.head + length * (new.head - old.head))
        found = misfit(trial, rows)
        if found < size:
            return trial, found
        length /= 2
    return None
