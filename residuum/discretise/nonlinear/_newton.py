"""Newton's method with damping for sparse systems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residuum._core import OptionError, Result
from residuum.discretise.linear import Linear, Solver, Structure, prepare
from residuum.discretise.nonlinear._nonlinear import Jacobian, Nonlinear, Residual, Watch, Yardstick

SHORTEST = 1e-5
"""Damping factor below which no step is tried."""
USABLE = 1e-2
"""Largest relative residual of a linear solve whose solution is still taken for a correction."""


def newton(
    residual: Residual,
    jacobian: Jacobian,
    start: np.ndarray,
    *,
    structure: Structure | None = None,
    tol: float = 1e-10,
    most: int = 30,
    watch: Watch | None = None,
    largest_direct: int | None = None,
) -> Nonlinear:
    """Solve F(u) = 0 by Newton's method; a linear problem takes one Jacobian on a direct path.

    Steps are shortened until the next correction by the same Jacobian is smaller, a test that does
    not depend on the units of the equations (P. Deuflhard, Newton Methods for Nonlinear Problems,
    Springer 2004, section 3.3). Corrections are measured component by component, so that it does
    not depend on the units of the unknowns either, if ``structure.components`` tells them apart.
    Linear systems are solved no more accurately than the last correction deserves.

    Args:
        residual: F, from (n,) to (n,).
        jacobian: its derivative, a sparse (n, n) matrix.
        start: first guess (n,), with boundary values already in place or equations for them in F.
        structure: what is known of the Jacobian.
        tol: relative size of the correction at which the iteration ends; near a regular root the
            error left is about its square.
        most: Jacobians allowed; 30 is plenty for a start from which damping works at all.
        watch: told of every iteration, may stop it.
        largest_direct: as in ``prepare``.

    Converges linearly, and may run out of iterations, where the Jacobian is singular at the root.
    Where it stagnates from a poor start, use ``continued``.

    Raises:
        OptionError: the start is not a finite vector, or an option is out of range.
    """
    state = np.array(start, float)
    if state.ndim != 1 or not np.isfinite(state).all():
        raise OptionError("a finite start (n,)", f"shape {state.shape}", "Start from zeros.")
    if not 0 < tol < 1 or most < 1:
        raise OptionError("0 < tol < 1 and most >= 1", f"{tol!r}, {most!r}", "Keep the defaults.")
    run = _Run(residual, jacobian, structure or Structure(), tol, state, largest_direct)
    with np.errstate(all="ignore"):
        return run.ended(most, watch)


@dataclass
class _Run:
    """One run of Newton's method and what it has found so far."""

    residual: Residual
    jacobian: Jacobian
    structure: Structure
    tol: float
    state: np.ndarray
    largest_direct: int | None = None
    history: list[float] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    factor: float = 1.0
    first: float = 0.0
    weights: np.ndarray | None = None

    def ended(self, most: int, watch: Watch | None) -> Nonlinear:
        """Iterate and return the answer."""
        self.yardstick = Yardstick(self.structure.components)
        value = self._value(self.state)
        for iteration in range(1, most + 1):
            if value is None:
                return self._answer(Result.NOT_FINITE, None, "the residual is not finite")
            if not value.any():
                return self._answer(Result.SUCCESSFUL, value)
            solver = self._solver(value)
            step = self._correction(solver, value)
            if step.result is Result.NOT_FINITE:
                return self._answer(Result.NOT_FINITE, value, step.reason)
            if not (step.result.ok or step.residual <= USABLE):
                return self._answer(Result.STAGNATED, value, step.reason)
            size = self.yardstick.size(step.values, self.state + step.values)
            self.history.append(size)
            if size <= self.tol or self._rounding(value, solver):
                return self._last(value, step.values)
            value, left = self._advance(solver, step.values, value)
            if left is None:
                reason = "no step along the Newton direction brings the solution nearer"
                return self._answer(Result.STAGNATED, value, reason)
            if left <= self.tol:
                return self._answer(Result.SUCCESSFUL, value)
            if watch is not None and not watch(iteration, size):
                return self._answer(Result.OUT_OF_BUDGET, value, "stopped from outside")
        return self._answer(Result.STAGNATED, value, f"{most} iterations were not enough")

    def _value(self, state: np.ndarray) -> np.ndarray | None:
        value = np.asarray(self.residual(state), float)
        return value if np.isfinite(value).all() else None

    def _solver(self, value: np.ndarray) -> Solver:
        matrix = self.jacobian(self.state)
        # The square of the last correction is what this one may leave.
        last = self.history[-1] if self.history else 1.0
        solver = prepare(
            matrix,
            self.structure,
            tol=float(np.clip(last**2, 1e-11, 1e-4)),
            largest_direct=self.largest_direct,
        )
        if self.weights is None:
            peaks = np.asarray(abs(solver.matrix).max(axis=1).todense()).ravel()
            self.weights = 1.0 / np.where((peaks > 0) & np.isfinite(peaks), peaks, 1.0)
            self.first = float(np.linalg.norm(self.weights * value))
        self.yardstick.see(solver.matrix, self.weights)
        return solver

    def _correction(self, solver: Solver, value: np.ndarray) -> Linear:
        found = solver.solve(-value)
        self.paths.append(found.path)
        return found

    def _rounding(self, value: np.ndarray, solver: Solver) -> bool:
        """Whether the residual is what rounding leaves of its terms, row by row."""
        terms = abs(solver.matrix) @ np.abs(self.state)
        return bool((np.abs(value) <= 1e-15 * terms).all())

    def _advance(
        self, solver: Solver, step: np.ndarray, value: np.ndarray
    ) -> tuple[np.ndarray, float | None]:
        """Take the longest step after which the next correction by the same Jacobian is smaller.

        Returns the new residual and the relative size of that correction, which is added too where
        it is small enough to end the iteration; ``None`` where no step helps.
        """
        norm = self.yardstick.size
        ahead = self.state + step
        length = norm(step, self.state, ahead)
        factor = min(1.0, 4.0 * self.factor)
        while factor >= SHORTEST:
            new = self.state + factor * step
            trial = self._value(new)
            if trial is not None:
                after = self._correction(solver, trial)
                usable = after.result.ok or after.residual <= USABLE
                left = norm(after.values, self.state, ahead)
                if usable and left <= (1 - factor / 4) * length:
                    self.state, self.factor = new, factor
                    rest = norm(after.values, new)
                    if factor == 1.0 and rest <= self.tol and left <= 0.25 * length:
                        closer = self._value(new + after.values)
                        if closer is not None:
                            self.state, trial = new + after.values, closer
                        return trial, rest
                    return trial, max(rest, 2 * self.tol)
            factor *= 0.5
        return value, None

    def _last(self, value: np.ndarray, step: np.ndarray) -> Nonlinear:
        """Add a correction that is below the tolerance, unless it leads out of the domain."""
        found = self._value(self.state + step)
        if found is not None:
            self.state, value = self.state + step, found
        return self._answer(Result.SUCCESSFUL, value)

    def _answer(self, result: Result, value: np.ndarray | None, reason: str = "") -> Nonlinear:
        relative = np.inf
        if value is not None:
            weights: Any = 1.0 if self.weights is None else self.weights
            relative = float(np.linalg.norm(weights * value)) / (self.first or 1.0)
        return Nonlinear(
            self.state,
            result,
            len(self.history),
            relative,
            tuple(self.history),
            tuple(self.paths),
            reason=reason,
        )
