"""What remains of a problem after space is discretised, and how errors in it are measured."""

from __future__ import annotations

from typing import Any, Protocol, final

import numpy as np

from residuum._core import DataError


class Semidiscrete(Protocol):
    """A system F(t, u, du/dt) = 0 with sparse Jacobians: differential and algebraic equations.

    Row i belongs to unknown i. Rows of Dirichlet conditions and of incompressibility are algebraic:
    they carry no rate. Rates of Dirichlet unknowns may stand in other rows (a mass matrix that
    couples neighbours). A system may also carry ``groups``, an integer array (n,) with the number
    of the physical unknown each entry belongs to: the weights of a group then grow with the largest
    root mean square the group has reached, and the group with the largest error counts.

    Attributes:
        size: number of unknowns n.
        linear: F is affine in (u, rate).
        autonomous_jacobian: the Jacobian depends neither on time nor, if linear, on anything else.
        differential: (n,), true where an unknown has a rate; the others stay out of the error.
        weights: (n,), positive, typical size of each unknown in its own unit.
    """

    size: int
    linear: bool
    autonomous_jacobian: bool
    differential: np.ndarray
    weights: np.ndarray

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Return F, (n,)."""

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: Any) -> Any:
        """Return ∂F/∂u + shift ∂F/∂rate, a sparse matrix (n, n).

        The shift is a real number; a complex one for linear systems with constant matrices.
        """

    def solver(self, matrix: Any) -> Any:
        """Return an object whose ``solve(right)`` applies the inverse of the matrix.

        A matrix without inverse may raise an arithmetic or runtime error, a failed solve may
        return NaN: the step is then tried again shorter.
        """


@final
class Scale:
    """Weighted root mean squares, in units of the tolerance.

    Args:
        system: gives weights, groups and the mask of differential unknowns.
        tol: error allowed per step, relative to the weights.

    Raises:
        DataError: a weight is not positive, or an array has the wrong length.
    """

    def __init__(self, system: Semidiscrete, tol: float) -> None:
        n = system.size
        weights = np.array(system.weights, float)
        if weights.shape != (n,) or not (np.isfinite(weights).all() and (weights > 0).all()):
            raise DataError(
                f"{n} positive weights",
                f"an array of shape {weights.shape}",
                "Give each unknown its typical size.",
            )
        mask = np.asarray(system.differential, bool)
        if mask.shape != (n,):
            raise DataError(
                f"a mask for {n} unknowns", f"shape {mask.shape}", "Mark each unknown once."
            )
        self.tol, self.differential = tol, mask
        self.weights = weights
        counted = mask if mask.any() else np.ones(n, bool)
        groups = getattr(system, "groups", None)
        self._grows = groups is not None
        numbers = np.zeros(n, int) if groups is None else np.asarray(groups)
        self._members = [np.flatnonzero((numbers == g) & counted) for g in np.unique(numbers)]
        self._members = [m for m in self._members if len(m)]
        self._algebraic = np.flatnonzero(~counted)

    def error(self, vector: np.ndarray) -> float:
        """Return the largest root mean square of a group, differential unknowns only."""
        return max((self._mean(vector, m) for m in self._members), default=0.0) / self.tol

    def size(self, vector: np.ndarray) -> float:
        """Return the same in units of the weights."""
        return self.error(vector) * self.tol

    def correction(self, vector: np.ndarray, state: np.ndarray) -> float:
        """Return the size of a Newton correction, algebraic unknowns relative to themselves."""
        found = self.error(vector)
        if len(self._algebraic):
            own = max(1.0, self._mean(state, self._algebraic))
            found = max(found, self._mean(vector, self._algebraic) / own / self.tol)
        return found

    def grow(self, state: np.ndarray) -> None:
        """Let the weights of each group follow the largest state so far."""
        if not self._grows:
            return
        for m in self._members:
            reached = float(np.sqrt(np.mean(state[m] ** 2)))
            self.weights[m] = np.maximum(self.weights[m], reached)

    def _mean(self, vector: np.ndarray, members: np.ndarray) -> float:
        part = vector[members] / self.weights[members]
        return float(np.sqrt(np.mean(part * part)))
