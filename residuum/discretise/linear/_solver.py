"""A prepared system: paths in order, each judged by the true residual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, final

import numpy as np

from residuum._core import OptionError, Result
from residuum.discretise.linear._krylov import Stop
from residuum.discretise.linear._null_space import NullSpace
from residuum.discretise.linear._path import Path, SingularMatrix, UnfitPath
from residuum.discretise.linear._structure import Linear

ROUNDING = 1e-14
"""Backward error below which float64 cannot do better, whatever tolerance is asked..."""
ACCEPTED = 1e-4
"""... provided that the residual is at most this: else the matrix is singular to the arithmetic."""


@final
class Solver:
    """A matrix made ready for any number of right sides. Made by ``prepare``.

    Paths are set up when first needed. One that fails is left for good, and the next is tried from
    its best iterate.

    Args:
        matrix: (n, n) CSR.
        paths: name and set-up of each path, best first.
        tol: relative residual asked for.
        weights: (n,) factors that bring the rows, and the columns, to one size.
        null: null space.
        fault: why the matrix cannot be solved with at all, and the code for it.
    """

    def __init__(
        self,
        matrix: Any,
        paths: Sequence[tuple[str, Callable[[], Path]]],
        *,
        tol: float,
        weights: tuple[np.ndarray, np.ndarray] | None = None,
        null: NullSpace | None = None,
        fault: tuple[str, Result] | None = None,
    ) -> None:
        self.matrix, self.tol, self.null, self.fault = matrix, tol, null, fault
        self._paths, self._weights = list(paths), weights
        self._made: dict[int, Path] = {}
        # Place in the order of paths, and names left behind: for the matrix and its transpose.
        self._place = [0, 0]
        self._left: tuple[list[str], list[str]] = ([], [])

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return int(self.matrix.shape[0])

    @property
    def path(self) -> str:
        """The path in use, and those left behind."""
        return self._told(False)

    def _told(self, turned: bool) -> str:
        place, left = self._place[turned], self._left[turned]
        if place >= len(self._paths):
            return f"none after {', '.join(left)}" if left else "none"
        made = self._made.get(place)
        name = made.name if made else self._paths[place][0]
        return name if not left else f"{name} after {', '.join(left)}"

    def solve(self, right: np.ndarray, start: np.ndarray | None = None) -> Linear:
        """Solve for one or several right sides.

        Args:
            right: (n,) or (n, k).
            start: guess of the same shape; used by iterative paths.

        Raises:
            OptionError: a shape does not fit the matrix.
        """
        return self._each(right, start, False)

    def solve_transposed(self, right: np.ndarray) -> Linear:
        """Solve with the transposed matrix, as adjoints ask; ``right`` is (n,) or (n, k)."""
        return self._each(right, None, True)

    def _each(self, right: np.ndarray, start: np.ndarray | None, turned: bool) -> Linear:
        right = np.asarray(right, float)
        if right.ndim not in (1, 2) or len(right) != self.size:
            raise OptionError(
                f"a right side with {self.size} rows", f"shape {right.shape}", "Match the matrix."
            )
        if start is not None and np.shape(start) != right.shape:
            raise OptionError(
                f"a start of shape {right.shape}", f"{np.shape(start)}", "Match the right side."
            )
        if right.ndim == 1:
            return self._one(right, start, turned)
        found = [
            self._one(right[:, j], None if start is None else start[:, j], turned)
            for j in range(right.shape[1])
        ]
        if not found:
            return Linear(np.zeros_like(right), self._told(turned), 0, 0.0, Result.SUCCESSFUL)
        worst = max(found, key=lambda item: (not item.result.ok, item.residual))
        return Linear(
            np.stack([item.values for item in found], axis=1),
            self._told(turned),
            sum(item.iterations for item in found),
            max(item.residual for item in found),
            worst.result,
            max(item.incompatibility for item in found),
            worst.reason,
        )

    def _one(self, right: np.ndarray, start: np.ndarray | None, turned: bool) -> Linear:
        zero = np.zeros(self.size)
        if not np.isfinite(right).all():
            reason = "the right side holds NaN or infinity"
            return Linear(zero, self._told(turned), 0, np.inf, Result.NOT_FINITE, 0.0, reason)
        if self.fault is not None:
            return self._failed(right, turned)
        if not right.any():
            return Linear(zero, self._told(turned), 0, 0.0, Result.SUCCESSFUL)
        # Numbers near the ends of the range would overflow in products.
        unit = float(np.exp2(np.floor(np.log2(np.abs(right).max()))))
        if start is not None:
            start = np.asarray(start, float) / unit
            start = start if np.isfinite(start).all() else None
        found = self._judged(right / unit, start, turned)
        values = found.values * unit
        if np.isfinite(values).all():
            return replace(found, values=values)
        return replace(found, values=zero, result=Result.NOT_FINITE)

    def _judged(self, right: np.ndarray, start: np.ndarray | None, turned: bool) -> Linear:
        best, smallest, count, taken = np.zeros(self.size), 1.0, 0, 0.0
        ending, fallbacks = Result.STAGNATED, 0
        history: list[float] = []
        while self._place[turned] < len(self._paths):
            try:
                path = self._current(turned)
                null = self.null.transposed() if self.null and turned else self.null
                goal, taken = null.compatible(right) if null else (right, 0.0)
                if taken > 1 - 1e-13:
                    reason = "the right side lies outside the range of the matrix"
                    return Linear(
                        best, self._told(turned), count, 1.0, Result.STAGNATED, taken, reason
                    )
                stop = self._stop(goal, turned)
                with np.errstate(all="ignore"):
                    found = path.transposed(goal, stop) if turned else path.solve(goal, start, stop)
                    count += found.iterations
                    fallbacks += found.fallbacks
                    scale = stop.size / self.tol
                    history += [value / scale for value in found.history]
                    values = null.orthogonal(found.values) if null else found.values
                    residual, met = self._residual(goal, values, stop, turned)
            except SingularMatrix as error:
                self.fault = (str(error), Result.STAGNATED)
                return self._failed(right, turned)
            except (UnfitPath, MemoryError) as error:
                ending = Result.OUT_OF_MEMORY if isinstance(error, MemoryError) else ending
                self._leave(turned)
                continue
            if residual < smallest:
                best, smallest, start = values, residual, values
            if met:
                return Linear(
                    values,
                    self._told(turned),
                    count,
                    residual,
                    Result.SUCCESSFUL,
                    taken,
                    history=tuple(history),
                    fallbacks=fallbacks,
                )
            if self._place[turned] == len(self._paths) - 1:
                break
            self._leave(turned)
        reason = f"no path came below a residual of {smallest:.1e}; {self.tol:.1e} was asked"
        told = self._told(turned)
        kept = tuple(history)
        return Linear(best, told, count, smallest, ending, taken, reason, kept, fallbacks)

    def _current(self, turned: bool) -> Path:
        place = self._place[turned]
        if place not in self._made:
            self._made[place] = self._paths[place][1]()
        return self._made[place]

    def _leave(self, turned: bool) -> None:
        place = self._place[turned]
        made = self._made.get(place)
        self._left[turned].append(made.name if made else self._paths[place][0])
        self._place[turned] += 1

    def _stop(self, right: np.ndarray, turned: bool) -> Stop:
        weight: np.ndarray | float = 1.0
        if self._weights is not None:
            weight = self._weights[1 if turned else 0]
        return Stop(self.tol * float(np.linalg.norm(weight * right)), weight)

    def _residual(
        self, right: np.ndarray, values: np.ndarray, stop: Stop, turned: bool
    ) -> tuple[float, bool]:
        """Return the relative residual and whether it meets the tolerance or is mere rounding."""
        if not np.isfinite(values).all():
            return np.inf, False
        matrix = self.matrix.T if turned else self.matrix
        gap = stop.weight * (right - matrix @ values)
        relative = float(np.linalg.norm(gap)) / float(np.linalg.norm(stop.weight * right))
        if relative <= self.tol or not relative <= ACCEPTED:
            return relative, relative <= self.tol
        terms = stop.weight * (abs(matrix) @ np.abs(values) + np.abs(right))
        return relative, bool(np.abs(gap).max() <= ROUNDING * terms.max())

    def _failed(self, right: np.ndarray, turned: bool) -> Linear:
        """Answer for a matrix that cannot be solved with: least squares where it is finite."""
        assert self.fault is not None
        reason, result = self.fault
        zero = np.zeros(self.size)
        if result is Result.NOT_FINITE or not right.any():
            residual = np.inf if result is Result.NOT_FINITE else 0.0
            return Linear(zero, self._told(turned), 0, residual, result, 0.0, reason)
        from scipy.sparse.linalg import lsmr

        matrix = self.matrix.T if turned else self.matrix
        with np.errstate(all="ignore"):
            values, _, count = lsmr(matrix, right, atol=1e-12, btol=1e-12, maxiter=200)[:3]
            gap = float(np.linalg.norm(right - matrix @ values) / np.linalg.norm(right))
        if not np.isfinite(gap) or gap > 1.0:
            values, gap = zero, 1.0
        return Linear(values, self._told(turned), int(count), gap, result, 0.0, reason)
