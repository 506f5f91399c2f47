"""A named problem with its reference answer and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from residuum._core import OptionError, Result, Source
from residuum.problem import ExpressionField, Problem, Solution

Reference = Callable[[np.ndarray], np.ndarray]
"""Points (n, d), columns in the order of ``problem.coordinates``, to values (n, m)."""


@dataclass(frozen=True)
class Case:
    """One entry of the catalogue.

    Args:
        name: as typed on the command line.
        title: one line.
        build: returns the problem, stated in the public language only.
        reference: returns the values to compare with; computed once per process where it costs.
            ``None``: nobody knows them well enough, and two refinement levels must agree instead.
        trust: relative L2 error of the reference itself, with how it was found.
        floor: the same as a number; an error below it says nothing. Zero without a reference.
        points: numbers of comparison points per coordinate (a tensor grid on boxes), or the
            total number of interior points on other shapes.
        source: where the problem comes from.
        group: the collection it belongs to, such as ``"pinnacle"``.
        notes: where sources disagree, and what was chosen.
        guess: expressions by the names of the unknowns, where Newton's method needs a start to
            find the solution meant among several.

    Raises:
        OptionError: a floor without a reference, or a reference without a floor.
    """

    name: str
    title: str
    build: Callable[[], Problem]
    reference: Any  # a Reference or None: typed so, every use would have to prove which
    trust: str
    floor: float
    points: tuple[int, ...]
    source: Source | None = None
    group: str = ""
    notes: str = ""
    guess: Callable[[Problem], dict[str, Any]] | None = None

    def __post_init__(self) -> None:
        if (self.reference is None) != (self.floor == 0):
            raise OptionError(
                "a floor above zero exactly where there is a reference",
                f"{self.name}: {self.reference}, {self.floor}",
                "Give both or neither.",
            )

    def start(self, problem: Problem) -> Solution | None:
        """Return what to pass to ``rs.solve(…, start=…)``, where a guess is needed."""
        if self.guess is None:
            return None
        values = self.guess(problem)
        expressions = tuple(sp.sympify(values[str(u.func)]) for u in problem.unknowns)
        field = ExpressionField(expressions, problem.coordinates)
        return Solution(problem, field, Result.SUCCESSFUL)

    def problem(self) -> Any:
        """Return the statement."""
        return self.build()
