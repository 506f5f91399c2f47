"""The answer of a nonlinear solve, and norms that do not see units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from residuum._core import Result

Residual = Callable[[np.ndarray], np.ndarray]
"""From unknowns (n,) to residuals (n,)."""
Jacobian = Callable[[np.ndarray], Any]
"""From unknowns (n,) to a sparse (n, n) matrix."""
Watch = Callable[[int, float], bool]
"""Called with the iteration and the relative size of the correction; false stops."""


@final
@dataclass(frozen=True)
class Nonlinear:
    """The answer of a nonlinear solve.

    Args:
        values: (n,), always finite where the start was; after a failure the best iterate.
        result: ``SUCCESSFUL``; ``STAGNATED`` where no step along the Newton direction helps or the
            iterations ran out; ``NOT_FINITE`` where residual or Jacobian are not finite at the
            start; ``OUT_OF_BUDGET`` where ``watch`` stopped it.
        iterations: Jacobians used.
        residual: norm of the residual over that at the start, rows brought to one size.
        history: relative size of every correction.
        paths: the path of every linear solve, as ``Linear.path``.
        load: load reached by continuation; 1 for plain Newton.
        reason: why the solve failed, empty where it did not.
    """

    values: np.ndarray
    result: Result
    iterations: int
    residual: float
    history: tuple[float, ...] = ()
    paths: tuple[str, ...] = ()
    load: float = 1.0
    reason: str = ""


@final
class Yardstick:
    """Sizes of corrections relative to the unknowns, each component by its own.

    A component that vanishes at the solution (a pressure where none is needed) is never small
    beside itself; it is small too where it moves no equation by more than a small part of its
    terms. Neither measure sees the units of unknowns or equations.

    Args:
        components: (n,) integers, or ``None`` for one component.
    """

    def __init__(self, components: np.ndarray | None) -> None:
        self.groups: np.ndarray | None = None
        self.weights = np.ones(1)
        self.matrix: Any = None
        if components is not None:
            self.groups = np.unique(components, return_inverse=True)[1]

    def see(self, matrix: Any, weights: np.ndarray) -> None:
        """Take the Jacobian and the factors that bring its rows to one size."""
        if self.groups is not None:
            self.matrix, self.weights = abs(matrix), weights

    def norms(self, vector: np.ndarray) -> np.ndarray:
        """Return the Euclidean norm of every component."""
        if self.groups is None:
            return np.array([float(np.linalg.norm(vector))])
        found: np.ndarray = np.sqrt(np.bincount(self.groups, vector**2))
        return found

    def size(self, step: np.ndarray, *states: np.ndarray) -> float:
        """Return the largest relative size of a component of ``step``; 0 where nothing moves.

        Measured against the largest of the states.
        """
        moved = self.norms(step)
        scale = np.max([self.norms(state) for state in states], axis=0)
        found = np.where(moved > 0, moved / np.maximum(scale, 1e-300), 0.0)
        if self.matrix is not None:
            whole = np.max(np.abs(states), axis=0)
            terms = self._terms(whole)
            for c in np.flatnonzero(found > 0):
                part = self._terms(np.where(self.groups == c, np.abs(step), 0.0))
                found[c] = min(found[c], part / max(terms, 1e-300))
        return float(found.max())

    def _terms(self, sizes: np.ndarray) -> float:
        return float(np.linalg.norm(self.weights * (self.matrix @ sizes)))
