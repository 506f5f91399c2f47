"""One way to solve a system."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from residuum.discretise.linear._krylov import Iterate, Stop


class SingularMatrix(ArithmeticError):
    """A path met a matrix that has no inverse in float64."""


class UnfitPath(ArithmeticError):
    """A path could not be set up for this matrix."""


class Path(ABC):
    """Approximate solution of one system; ``Solver`` judges the result by its residual.

    Attributes:
        name: what the record shows.
    """

    name: str

    @abstractmethod
    def solve(self, right: np.ndarray, start: np.ndarray | None, stop: Stop) -> Iterate:
        """Return the iterate for one right side (n,)."""

    @abstractmethod
    def transposed(self, right: np.ndarray, stop: Stop) -> Iterate:
        """Return the iterate of the system with the transposed matrix."""
