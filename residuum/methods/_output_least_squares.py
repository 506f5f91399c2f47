"""Numbers of a statement from readings by the solved equation, without training anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from residuum._core import (
    Answer,
    DataError,
    Method,
    OptionError,
    ProblemError,
    Source,
    Task,
)
from residuum.inverse import Asked, infer
from residuum.inverse._infer import without_readings
from residuum.inverse._readings import readings
from residuum.problem import Problem


@dataclass(frozen=True)
class OutputLeastSquares(Method):
    """The numbers under which the solved equation is nearest to the readings, with intervals.

    min over p of Σ ((u(p) at point i - reading i) / noise)² by Gauss–Newton, where u(p) is the
    solved equation. A search over the bounds gives the start, the curvature at the end the
    covariance; see ``residuum.inverse.intervals``, which does the same for any other answer.

    Args:
        level: of the intervals.
        by: what solves the equation; polynomials at collocation points if left out.

    Raises:
        OptionError: a level that is none.

    Good starting values: the defaults, for smooth solutions of one or two coordinates. It breaks
    where the misfit has many valleys narrower than a search of eight places sees; give the
    parameters a starting value there.
    """

    level: float = 0.9
    by: Method | None = None

    name: ClassVar[str] = "output_least_squares"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "output_least_squares",
            "Inverse problems: a Bayesian perspective",
            "A. M. Stuart",
            2010,
            "doi:10.1017/S0962492910000061",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise OptionError("a level between 0 and 1", str(self.level), "Write level=0.9.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        if not problem.inferred:
            return "the problem has no numbers to infer"
        if problem.closures:
            return "the problem has trainable closures"
        try:
            readings(problem)
            bare = without_readings(problem)
        except (DataError, ProblemError) as error:
            return str(error)
        return None if self.by is None else self.by.refuse(_member(bare))

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        start = task.start
        asked = Asked(
            self.level,
            self.by,
            None if start is None else start.field,
            None if start is None else start.parameters or None,
        )
        return infer(problem, task, asked)


def _member(problem: Problem) -> Problem:
    """Return the statement with its numbers in the middle of their bounds."""
    return problem.replace(given={p.name: sum(p.bounds or ()) / 2 for p in problem.inferred})
