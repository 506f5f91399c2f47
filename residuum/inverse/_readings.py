"""The readings of a problem: all observations in one list, with their noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from residuum._core import DataError
from residuum.problem import Problem


@dataclass(frozen=True)
class Readings:
    """Measured values, n of them.

    Args:
        points: shape (n, d), columns in the order of the problem's coordinates.
        component: index of the unknown read, shape (n,).
        values: shape (n,).
        group: index of the observation each belongs to, shape (n,).
        noise: standard deviation by group; zero where it is to be estimated.
        notes: what was done to the observations, in words.
    """

    points: np.ndarray
    component: np.ndarray
    values: np.ndarray
    group: np.ndarray
    noise: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def spread(self) -> np.ndarray:
        """Size of the values by group, for where nothing is known of the noise."""
        found = np.ones(len(self.noise))
        for g in range(len(self.noise)):
            mine = self.values[self.group == g]
            found[g] = max(float(mine.std()), 1e-6 * float(np.abs(mine).max()), 1e-300)
        return found


def readings(problem: Problem) -> Readings:
    """Return the observations of a problem as one list; exact copies are counted once.

    Raises:
        DataError: there are none, or an observed unknown does not depend on every coordinate.
    """
    if not problem.observations:
        remedy = "Add observations=[rs.observe(u, values, at=…)]."
        raise DataError("observations of an unknown", "none", remedy)
    parts = []
    for g, item in enumerate(problem.observations):
        if len(item.unknown.args) != len(problem.coordinates):
            raise DataError(
                f"observations of unknowns of {', '.join(map(str, problem.coordinates))}",
                str(item.unknown),
                "Pose the field as an expansion: residuum.inverse.GaussianField.",
            )
        order = [item.unknown.args.index(c) for c in problem.coordinates]
        n, j = len(item.values), problem.unknowns.index(item.unknown)
        columns = (item.points[:, order], np.full(n, j), item.values, np.full(n, g))
        parts.append(np.column_stack(columns))
    table = np.concatenate(parts)
    # The column of the group is not compared: a copy in another observation is a copy.
    _, first = np.unique(table[:, :-1], axis=0, return_index=True)
    kept, d = table[np.sort(first)], len(problem.coordinates)
    notes: tuple[str, ...] = ()
    if len(kept) < len(table):
        copies = len(table) - len(kept)
        notes = (f"{copies} readings repeat another in place and value and are counted once",)
    return Readings(
        kept[:, :d],
        kept[:, d].astype(int),
        kept[:, d + 1],
        kept[:, d + 2].astype(int),
        np.array([item.noise for item in problem.observations]),
        notes,
    )
