"""Error over time of the default network on Burgers; the error is only reported, never used.

python benchmarks/burgers_pinn.py SEED        one run, JSON rows [seconds, error] since the start
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

START = time.perf_counter()

import numpy as np  # noqa: E402

import residuum as rs  # noqa: E402
from residuum._core import Monitor  # noqa: E402
from residuum.learning import Draw, LearningRule, Outcome, Trainable  # noqa: E402
from residuum.objectives import Rows  # noqa: E402


@dataclass(frozen=True)
class Watched(LearningRule):
    """A rule whose error against the reference is noted whenever it draws fresh points."""

    rule: LearningRule
    problem: rs.Problem
    points: np.ndarray
    exact: np.ndarray
    rows: list[list[float]]
    pauses: list[float]

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        assert draw is not None

        def watch(trained: Trainable, turn: int) -> tuple[Sequence[Rows], float]:
            pause = time.perf_counter()
            values = rs.Solution(self.problem, trained[0], rs.Result.SUCCESSFUL).at(self.points)
            error = float(np.linalg.norm(values - self.exact) / np.linalg.norm(self.exact))
            self.pauses.append(time.perf_counter() - pause)
            self.rows.append([time.perf_counter() - START - sum(self.pauses), error])
            return draw(trained, turn)

        return self.rule.train(start, rows, monitor, watch)


def main(seed: int) -> None:
    """Run one seed and print its rows."""
    case = rs.catalogue.burgers
    problem = case.problem()
    t, x = np.linspace(0, 1, 101), np.linspace(-1, 1, 201)
    points = np.stack([c.ravel() for c in np.meshgrid(t, x, indexing="ij")], axis=1)
    rule = Watched(rs.GaussNewton(), problem, points, case.reference(points), [], [])
    rs.solve(problem, rs.PINN(rule=rule), key=seed, progress=False, budget=60)
    print(json.dumps({"errors": rule.rows}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
