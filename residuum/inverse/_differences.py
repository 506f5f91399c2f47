"""The statement solved by any method, its derivative by the numbers from central differences."""

from __future__ import annotations

from typing import final

import numpy as np

from residuum._core import Key, Method, in_double_precision
from residuum._solve import solve
from residuum.inverse._forward import Foretold, Forward
from residuum.inverse._readings import Readings
from residuum.problem import Problem, Solution
from residuum.problem._places import interior_points

PLACES = 200
STEP = 1e-3
"""Steps of differences, against half the width between bounds: their own error is of order 1e-6,
that of the solves, divided by a step, a thousand tolerances."""
TOL = 1e-7


@final
class Differences(Forward):
    """Any method of the library as a forward map: 1 + 2p solves where slopes are asked for.

    Args:
        problem: the statement; its observations take no part.
        data: where readings are foretold.
        names: the open numbers.
        bounds: of the numbers, shape (p, 2).
        method: what solves it.
        tol: relative error asked of every solve.
    """

    def __init__(
        self,
        problem: Problem,
        data: Readings,
        names: tuple[str, ...],
        *,
        bounds: np.ndarray,
        method: Method,
        tol: float = TOL,
        key: Key = 7,
    ) -> None:
        self.problem, self.data, self.names, self.bounds = problem, data, names, bounds
        self.method, self.tol, self.key = method, tol, key
        self.places = interior_points(problem, PLACES, 37)

    def __call__(self, numbers: np.ndarray) -> Foretold | None:
        """Solve at the numbers and a little to both sides of each."""
        centre = self._solve(numbers)
        if centre is None:
            return None
        values, level = self._read(centre)
        slopes, spread = [], []
        for i, (low, high) in enumerate(self.bounds):
            ends, step = [], STEP * (high - low) / 2
            for side in (-1.0, 1.0):
                moved = numbers.copy()
                moved[i] = np.clip(numbers[i] + side * step, low, high)
                found = self._solve(moved)
                if found is None:
                    return None
                ends.append((moved[i], *self._read(found)))
            (a, read_a, level_a), (b, read_b, level_b) = ends
            slopes.append((read_b - read_a) / (b - a))
            spread.append((level_b - level_a) / (b - a))
        return Foretold(
            values, np.stack(slopes, axis=1), centre.field, np.stack(spread, axis=1), level
        )

    def _solve(self, numbers: np.ndarray) -> Solution | None:
        given = dict(zip(self.names, numbers.tolist(), strict=True))
        member = self.problem.replace(given=given)
        found = solve(member, self.method, tol=self.tol, refine=False, key=self.key)
        # What a tolerance says is judged below, by the scatter of the data.
        broken = ("NOT_FINITE", "DIVERGED", "OUT_OF_MEMORY", "INTERRUPTED")
        return None if found.result.name in broken else found

    @in_double_precision
    def _read(self, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
        """Return the readings, and the field at the places of the spread."""
        every = solution.at(self.data.points)
        mine = every[np.arange(len(every)), self.data.component]
        return mine, solution.at(self.places).ravel()
