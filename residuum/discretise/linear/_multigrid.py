"""Algebraic multigrid by PyAMG as an approximate inverse: fixed seeds, no work but the cycle's."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, final

import numpy as np

from residuum.discretise.linear._path import UnfitPath

SEED = 20


@final
class Cycle:
    """One V-cycle, symmetric where the matrix is: an ``ApproximateInverse``.

    PyAMG's own preconditioner measures the residual before and after every cycle; this one does
    not, which saves two products with the matrix.

    Args:
        hierarchy: a PyAMG multilevel solver.
        name: what the record shows.
    """

    def __init__(self, hierarchy: Any, name: str) -> None:
        self.levels, self.coarse, self.name = hierarchy.levels, hierarchy.coarse_solver, name

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        return self._descend(0, residual)

    def _descend(self, depth: int, right: np.ndarray) -> np.ndarray:
        level = self.levels[depth]
        if depth == len(self.levels) - 1:
            return np.asarray(self.coarse(level.A, right)).reshape(right.shape)
        x = np.zeros_like(right)
        level.presmoother(level.A, x, right)
        x += level.P @ self._descend(depth + 1, level.R @ (right - level.A @ x))
        level.postsmoother(level.A, x, right)
        return x


def classical(matrix: Any) -> Cycle:
    """Set up classical multigrid (Ruge–Stüben), for scalar second-order equations.

    Raises:
        UnfitPath: the set-up fails.
    """
    import pyamg

    with _setting_up():
        return Cycle(pyamg.ruge_stuben_solver(matrix), "classical AMG")


def aggregated(matrix: Any, near_null: np.ndarray | None, *, symmetric: bool = True) -> Cycle:
    """Set up smoothed aggregation, for systems of equations and elements of higher order.

    Args:
        matrix: (n, n) CSR.
        near_null: (n, k), or ``None`` for a constant.
        symmetric: whether the matrix is.

    Raises:
        UnfitPath: the set-up fails.
    """
    import pyamg

    with _setting_up():
        found = pyamg.smoothed_aggregation_solver(
            matrix, B=near_null, symmetry="hermitian" if symmetric else "nonsymmetric"
        )
        return Cycle(found, "smoothed aggregation")


@final
class Later:
    """An approximate inverse that is set up when first applied: adjoints are not always asked for.

    Args:
        make: sets it up.
    """

    def __init__(self, make: Callable[[], Cycle]) -> None:
        self.make = make
        self.made: Cycle | None = None

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        if self.made is None:
            self.made = self.make()
        return self.made(residual)


def constants(components: np.ndarray) -> np.ndarray:
    """Return one column of ones for every component: (n, number of components)."""
    names = np.unique(components)
    return (components[:, None] == names).astype(float)


@contextmanager
def _setting_up() -> Iterator[None]:
    """Give PyAMG a seed of its own and the caller back the state that NumPy had."""
    state = np.random.get_state()
    np.random.seed(SEED)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except (ValueError, ArithmeticError, RuntimeError, IndexError, np.linalg.LinAlgError) as error:
        raise UnfitPath(f"multigrid could not be set up: {error}") from error
    finally:
        np.random.set_state(state)
