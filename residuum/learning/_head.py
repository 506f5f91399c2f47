"""Gauss–Newton on the last layer alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from residuum._core import LinearField, Monitor, OptionError, Result, Source, one_blas_thread
from residuum.learning._least_squares import least_squares, misfit
from residuum.learning._rule import Draw, LearningRule, Outcome, Trainable
from residuum.objectives import Rows


@dataclass(frozen=True)
class HeadRule(LearningRule):
    """Linearise, solve for the last layer, halve steps if needed; how it solves is left open.

    Args:
        iterations: most iterations.
        settle: relative fall of the residual below which it has settled.
    """

    iterations: int = 30
    settle: float = 1e-6

    def __post_init__(self) -> None:
        if self.iterations < 1 or not self.settle > 0:
            raise OptionError(
                "iterations of at least 1, settle above 0", repr(self), "Correct them."
            )

    @abstractmethod
    def linearised(self, field: LinearField, rows: Sequence[Rows], monitor: Monitor) -> LinearField:
        """Return the field that minimises the rows linearised about a field."""

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        field, numbers = start
        if not isinstance(field, LinearField):
            raise OptionError("a field with a last layer", type(field).__name__, "Use GaussNewton.")
        if numbers.raw:
            raise OptionError("no parameters to infer", ", ".join(numbers.raw), "Use GaussNewton.")
        outcome = Outcome(
            start, Result.OUT_OF_BUDGET, f"all {self.iterations} iterations are taken"
        )
        outcome.losses.append(misfit(field, rows) ** 2 / 2)
        try:
            self._loop(field, rows, monitor, outcome)
        except KeyboardInterrupt:
            outcome.result, outcome.reason = Result.INTERRUPTED, "interrupted"
        return outcome

    def _loop(
        self, field: LinearField, rows: Sequence[Rows], monitor: Monitor, outcome: Outcome
    ) -> None:
        size = float(np.sqrt(2 * outcome.losses[0]))
        for iteration in range(self.iterations):
            with monitor.phase("solve"):
                found = _shorten(field, self.linearised(field, rows, monitor), rows, size)
            if found is None:
                outcome.result, outcome.reason = Result.SUCCESSFUL, "no step lowers the residual"
                return
            field, new = found
            outcome.trained = (field, outcome.trained[1])
            outcome.losses.append(new**2 / 2)
            monitor.update((iteration + 1) / self.iterations, f"residual {new:.1e}")
            if size - new <= self.settle * size:
                outcome.result, outcome.reason = Result.SUCCESSFUL, "the residual has settled"
                return
            size = new
            if monitor.spent:
                outcome.result, outcome.reason = Result.OUT_OF_BUDGET, "the time budget is spent"
                return


@final
@dataclass(frozen=True)
class HeadGaussNewton(HeadRule):
    """Linearise, solve for the last layer by rank-revealing least squares, halve steps if needed.

    For a linear problem the first step is the answer. Inner weights never move, so the field has to
    have good features from the start.

    Args:
        iterations, settle: as for ``HeadRule``.
    """

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

    def linearised(self, field: LinearField, rows: Sequence[Rows], monitor: Monitor) -> LinearField:
        with one_blas_thread():
            return least_squares(field, rows, memory_mb=monitor.budget.memory_mb).field


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
