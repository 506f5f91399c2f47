"""From the word PROBLEM to a statement, its reference answer and the points of comparison."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import numpy as np

    from residuum._core import Method
    from residuum.catalogue import Case
    from residuum.problem import Problem, Solution

MOST_POINTS = 4_000_000
SCATTERED = 4000
PER_AXIS = {1: 501, 2: 101, 3: 41}


@dataclass(frozen=True)
class Posed:
    """A problem, and its entry in the catalogue if it has one."""

    problem: Problem
    case: Case | None = None

    def start(self, method: Method) -> Solution | None:
        """Return the guess of the catalogue, for methods that start from any field."""
        if self.case is None or method.family != "classical":
            return None
        return self.case.start(self.problem)


@dataclass(frozen=True)
class Difference:
    """Relative L2 difference from something, in all and by unknown."""

    total: float
    by_unknown: dict[str, float]
    points: int


def is_file(word: str) -> bool:
    """Whether the word means a file: by its ending, a folder in it, or because there is one."""
    path = Path(word)
    return path.suffix in (".toml", ".rs") or len(path.parts) > 1 or path.is_file()


def pose(word: str) -> Posed:
    """Return the problem of this name or in this file, or the member ``FAMILY:NUMBER``.

    Raises:
        ResiduumError: there is none, or the file cannot be read.
    """
    # Both import SymPy and JAX.
    from residuum._core import FileError
    from residuum.catalogue import case

    name, colon, number = word.partition(":")
    if colon and number.isdigit() and not is_file(name):
        from residuum.catalogue import family

        return Posed(family(name).draw(7, int(number)))
    if not is_file(word):
        found = case(word)
        return Posed(found.problem(), found)
    from residuum.problem._file import read_problem

    if Path(word).suffix == ".rs":
        raise FileError("a problem", f"the solution {word}", f"See residuum show {word}.")
    return Posed(read_problem(word))


def comparison_points(posed: Posed, points: int | None) -> np.ndarray:
    """Return points (n, d), columns in the order of the problem's coordinates.

    A tensor grid on boxes, interior points elsewhere; as many as the catalogue says unless
    ``points`` does.
    """
    import numpy as np  # 0.1 s

    from residuum.geometry import Box

    problem = posed.problem
    axes = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    own = posed.case.points if posed.case is not None else ()
    if not isinstance(problem.domain, Box):
        count = points or (math.prod(own) if own else SCATTERED)
        return np.asarray(problem.domain.sample(_checked(count), key=23))[:, axes]
    if points is not None or len(own) != len(axes):
        own = (points or PER_AXIS.get(len(axes), 17),) * len(axes)
    _checked(math.prod(own))
    bounds = np.asarray(problem.domain.bounds, float)[axes]
    lines = [np.linspace(low, high, n) for (low, high), n in zip(bounds, own, strict=True)]
    return np.stack([g.ravel() for g in np.meshgrid(*lines, indexing="ij")], axis=1)


def _checked(count: int) -> int:
    if count > MOST_POINTS:
        raise typer.BadParameter(
            f"{count} comparison points are more than {MOST_POINTS}; ask for fewer.",
            param_hint="'--points'",
        )
    return count


def difference(
    solution: Solution, other: Callable[[np.ndarray], Any], points: np.ndarray
) -> Difference:
    """Return how far a solution is from another answer, relative to that answer."""
    import numpy as np  # 0.1 s

    exact = np.asarray(other(points), float).reshape(len(points), -1)
    gap = np.asarray(solution.at(points), float) - exact
    sizes = np.maximum(np.linalg.norm(exact, axis=0), 1e-300)
    parts = (np.linalg.norm(gap, axis=0) / sizes).tolist()
    total = float(np.linalg.norm(gap) / max(float(np.linalg.norm(exact)), 1e-300))
    return Difference(total, dict(zip(solution.names, parts, strict=True)), len(points))
