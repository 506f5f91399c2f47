"""Newton's method inside a time step, with a factorisation kept as long as it serves."""

from __future__ import annotations

from typing import Any, NamedTuple, final

import numpy as np

from residuum.discretise.time._semidiscrete import Scale, Semidiscrete

PATIENCE = 10
"""Newton iterations before a step is given up."""
SETTLED = 0.02
"""Part of the step's tolerance that Newton's error may take."""
SLOW = 0.35
"""Contraction above which the Jacobian is made anew at the next step."""

FAILURES = (RuntimeError, ArithmeticError, np.linalg.LinAlgError)
"""What a linear solver may raise for a matrix it cannot serve."""


class Stage(NamedTuple):
    """A solved implicit equation: state and rate, (n,) each."""

    state: np.ndarray
    rate: np.ndarray


@final
class Corrector:
    """Solves F(t, u, shift (u - base)) = 0 for u.

    E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, Springer 1996, IV.8, for the
    stopping rule; A. C. Hindmarsh et al., SUNDIALS, ACM Trans. Math. Softw. 31 (2005), for the
    factor 2/(1 + ratio) with which a factorisation for a near-by shift is used.

    Args:
        system: the equations.
        scale: the norm.
    """

    def __init__(self, system: Semidiscrete, scale: Scale) -> None:
        self.system, self.scale = system, scale
        self.counts = dict.fromkeys(("newton", "factorisations", "residuals", "solves"), 0)
        self.not_finite = False
        self.fresh = False
        """Whether the factorisation belongs to the step under way."""
        self._factors: Any = None
        self._shift = 0.0
        self._stale = True
        self._memory = 1.0

    @property
    def constant(self) -> bool:
        """Whether the Jacobian changes with the shift alone."""
        return self.system.linear and self.system.autonomous_jacobian

    def begin(self) -> None:
        """Tell that a new step begins: what was made for the last one is no longer fresh."""
        self.fresh = False

    def prepare(self, time: float, at: Stage, shift: float, reuse: float = 0.0) -> bool:
        """Have a factorisation for the shift, or one within the share ``reuse`` of it.

        Returns:
            Whether there is one; false where the matrix is singular or not finite.
        """
        near = self._factors is not None and abs(shift / self._shift - 1) <= max(reuse, 1e-12)
        if near and (self.constant or not self._stale):
            return True
        return self.refresh(time, at, shift)

    def refresh(self, time: float, at: Stage, shift: float) -> bool:
        """Make Jacobian and factorisation anew; whether they exist."""
        self._factors = None
        self.counts["factorisations"] += 1
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            matrix = self.system.jacobian(time, at.state, at.rate, shift)
        if not np.isfinite(matrix.data).all():
            self.not_finite = True
            return False
        try:
            self._factors = self.system.solver(matrix)
        except FAILURES:
            return False
        self._shift, self.fresh, self._stale, self._memory = shift, True, False, 1.0
        return True

    def residual(self, time: float, at: Stage) -> np.ndarray | None:
        """Return F, or nothing where it is not finite."""
        self.counts["residuals"] += 1
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = self.system.residual(time, at.state, at.rate)
        if np.isfinite(found).all():
            return found
        self.not_finite = True
        return None

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Return the inverse of the factorised matrix applied to the vector; NaN if that fails."""
        self.counts["solves"] += 1
        try:
            found: np.ndarray = self._factors.solve(right)
        except FAILURES:
            return np.full_like(right, np.nan)
        return found

    def solve(self, time: float, base: np.ndarray, shift: float, guess: np.ndarray) -> Stage | None:
        """Return the stage for a guess of its rate, or nothing if the iteration fails."""
        damping = 2 / (1 + shift / self._shift)
        exact = self.constant and abs(damping - 1) < 1e-9
        at = Stage(base + guess / shift, guess)
        before = self.residual(time, at)
        last = np.inf
        for _ in range(PATIENCE):
            if before is None:
                return None
            change = -damping * self.apply(before)
            if not np.isfinite(change).all():
                return None
            self.counts["newton"] += 1
            rate = at.rate + shift * change
            at = Stage(base + rate / shift, rate)
            size = self.scale.correction(change, at.state)
            contraction = size / last
            if self._settled(size, contraction):
                return at
            if contraction > 0.9:
                # Rounding keeps corrections from shrinking for ever: small ones are good enough.
                return at if size < 0.1 else None
            after = self.residual(time, at)
            if exact and after is not None and _smaller(after, before, size):
                return at
            before, last = after, size
        return None

    def _settled(self, size: float, contraction: float) -> bool:
        if size == 0:
            return True
        if contraction < 1:
            if contraction > 0:
                self._memory = contraction / (1 - contraction)
                self._stale = self._stale or contraction > SLOW
            return self._memory * size < SETTLED
        return min(self._memory, 1.0) ** 0.8 * size < SETTLED and self._memory < 1.0


def _smaller(after: np.ndarray, before: np.ndarray, size: float) -> bool:
    """Whether one linear solve was enough: what is left of the residual, and so of the error."""
    # By sums: the norm of BLAS would wake its threads for a vector of any length.
    left, right = float((after * after).sum()), float((before * before).sum())
    return left * size**2 <= (0.1 * SETTLED) ** 2 * right
