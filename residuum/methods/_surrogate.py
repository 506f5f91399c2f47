"""A trained operator as a method: members of its family in, solutions with certificates out."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    Method,
    Result,
    Source,
    Task,
)
from residuum.datasets import Layout
from residuum.geometry import Box
from residuum.learning import Training
from residuum.methods._breakeven import breakeven, in_words
from residuum.methods._grid_answer import field_of, inputs_of
from residuum.operators import Operator, apply
from residuum.problem import Problem, Solution
from residuum.problem._statement_text import difference

CLOSE = 1e-9
"""Relative gap between ends of the grid and of the domain that is rounding."""


@final
@dataclass(frozen=True, eq=False)
class Surrogate(Method):
    """An operator that answers for any member of the family it was trained on.

    ``rs.solve(member, surrogate)`` reads coefficients, sources, initial values and parameters of
    the member on the training grid, applies the operator, and makes a field of the answer: splines
    through the nodes, with Dirichlet and initial values of the statement met exactly where it gives
    them as expressions. The certificate is found from the statement and the field alone, so it
    holds for members unlike those trained on too; ``tol=`` finishes the answer classically where it
    is not good enough. Made by ``rs.train``; ``save`` and ``load_surrogate`` keep it.

    Args:
        operator: trained or fitted.
        layout: grid, channels and moments of its samples.
        statement: of the family, as ``statement_text`` gives it; ``None`` where it is not known.
        recipe: what the operator was built by; ``None`` where it was given ready.
        training: how it was trained; ``None`` where it was fitted or loaded.
        seconds: wall time by what it was spent on: ``data``, ``train``, and ``classical``, one
            solve when the samples were made.
        title: name of the recipe for tables.
    """

    operator: Operator = field(repr=False)
    layout: Layout = field(repr=False)
    statement: str | None = field(repr=False)
    recipe: Any = None
    training: Training | None = field(default=None, repr=False)
    seconds: dict[str, float] = field(default_factory=dict)
    title: str = ""

    name: ClassVar[str] = "surrogate"
    family: ClassVar[str] = "learned"
    sources: ClassVar[tuple[Source, ...]] = ()

    def __str__(self) -> str:
        return f"Surrogate({self.title or type(self.operator).__name__})"

    @property
    def invested(self) -> float:
        """Wall seconds of data and training; NaN where one is not known."""
        return self.seconds.get("data", math.nan) + self.seconds.get("train", math.nan)

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem is no member of the family, or ``None``."""
        if self.statement is None:
            return "the samples came without a statement: give problem= to rs.train"
        reason = difference(self.statement, problem, self.layout.input_names)
        return reason or self._off_grid(problem)

    def _off_grid(self, problem: Problem) -> str | None:
        """Return where the grid of the samples does not cover the domain, or ``None``."""
        layout = self.layout
        if problem.shape is None or not isinstance(problem.shape, Box):
            return f"operators work on boxes here, not on {problem.shape}"
        names = [str(u.func) for u in problem.unknowns]
        if sorted(names) != sorted(layout.output_names) or len(layout.axes) != len(problem.space):
            return f"the samples have {layout.output_names} on {len(layout.axes)} axes"
        for k, c in enumerate(problem.space):
            low, high = problem.shape.bounds[problem.shape.axes.index(c.name)]
            found = layout.axes[k][0], layout.axes[k][0] + layout.lengths[k]
            if max(abs(found[0] - low), abs(found[1] - high)) > CLOSE * (high - low):
                return f"the grid of the samples goes from {found[0]:g} to {found[1]:g} along {c}"
        if (problem.interval is None) != (layout.times is None):
            return "the samples have moments where the problem has no time, or none where it has"
        if problem.interval is not None and layout.times is not None:
            low, high = problem.interval
            if abs(layout.times[-1] - high) > CLOSE * (high - low):
                return f"the samples end at {layout.times[-1]:g}, the problem at {high:g}"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        begun, record = time.perf_counter(), task.monitor.record
        with task.monitor.phase("solve"):
            found = apply(self.operator, inputs_of(problem, self.layout)[None])[0]
            if not np.isfinite(found).all():
                raise FloatingPointError("the operator gave values that are not finite")
            answer = field_of(problem, self.layout, found)
        spent = time.perf_counter() - begun
        record.evaluations["operator"] = 1
        words = in_words(self.invested, self.seconds.get("classical", math.nan), spent)
        record.notes.append(f"{words}, certificate not counted")
        return Answer(
            answer,
            Result.SUCCESSFUL,
            Certificate(assumptions=("an operator says nothing of its own error",)),
        )

    def breakeven(self, solution: Solution, classical: float | None = None) -> float:
        """Return after how many solves like this one data and training are paid for.

        Args:
            solution: of a member, by this surrogate; all its seconds count, certificate included.
            classical: wall seconds of a classical solve; those of the samples if left out.
        """
        known = self.seconds.get("classical", math.nan) if classical is None else classical
        return breakeven(self.invested, known, solution.record.seconds.get("total", math.nan))

    def save(self, path: str | Path) -> Path:
        """Write the surrogate to a file, without code; ``load_surrogate`` reads it.

        Raises:
            FileError: the folder does not exist, or options of the recipe are no plain values.
        """
        from residuum.methods._surrogate_file import save  # the file reads this class

        return save(self, Path(path))
