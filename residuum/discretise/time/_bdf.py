"""Numerical differentiation formulas of orders one to five, variable step and order.

L. F. Shampine, M. W. Reichelt, The MATLAB ODE suite, SIAM J. Sci. Comput. 18 (1997) 1–22; for
implicit equations, K. E. Brenan, S. L. Campbell, L. R. Petzold, Numerical Solution of
Initial-Value Problems in Differential-Algebraic Equations, SIAM 1996.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from residuum._core import OptionError
from residuum.discretise.time._corrector import Stage
from residuum.discretise.time._march import ImplicitScheme, March, Stepper

HIGHEST = 5
SHIFT = np.array([0.0, -0.1850, -1 / 9, -0.0823, -0.0415, 0.0])
"""What turns backward differentiation into the formulas with smaller error, by order."""
HARMONIC = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, HIGHEST + 1))])
LEADING = (1 - SHIFT) * HARMONIC
ERROR = SHIFT * HARMONIC + 1 / np.arange(1, HIGHEST + 2)
SAFETY = 0.85
LEAST, MOST = 0.2, 5.0
WORTH = 1.3
"""A longer step must be longer by this factor before it is worth a new factorisation."""
REUSE = 0.25
"""A factorisation serves shifts that differ by this share."""


@final
@dataclass(frozen=True, kw_only=True)
class BDF(ImplicitScheme):
    """Orders one to five by need, one solve per Newton iteration: for long smooth runs.

    L-stable to order two only; orders three to five amplify slowly damped oscillations (waves,
    flow at high Reynolds number): give ``order=2`` there, or take ``ESDIRK4``. After a jump in time
    the order starts at one again, which costs more steps than a one-step scheme needs.

    Args:
        order: highest order, 1 to 5.

    Raises:
        OptionError: the order is not among them.
    """

    order: int = HIGHEST

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.order not in range(1, HIGHEST + 1):
            raise OptionError("an order from 1 to 5", repr(self.order), "Use 5.")

    def stepper(self, march: March, first_step: float | None) -> Stepper:
        """Return the state of an integration by this scheme."""
        return Differences(march, self.order, first_step)


@cache
def _newton(order: int) -> np.ndarray:
    """Return powers of the share of the step for each backward difference, (order + 1,) squared."""
    table = np.zeros((order + 1, order + 1))
    polynomial = np.array([1.0])
    for j in range(order + 1):
        table[: j + 1, j] = polynomial / math.factorial(j)
        polynomial = np.convolve(polynomial, [j - 1.0, 1.0])
    return table


def _respaced(differences: np.ndarray, factor: float) -> np.ndarray:
    """Return the backward differences of the same polynomial for steps longer by a factor."""
    count = len(differences)
    values = np.ones((count, count))
    for j in range(count):
        for m in range(1, count):
            values[j, m] = values[j, m - 1] * (m - 1 - j * factor) / m
    signs = np.array([[(-1) ** j * math.comb(m, j) for j in range(count)] for m in range(count)])
    found: np.ndarray = signs @ (values @ differences)
    return found


@final
class Differences(Stepper):
    """An integration kept as backward differences at equal steps.

    Args:
        march: where it stands.
        highest: highest order.
        first_step: length of the first step, or nothing for a guess.
    """

    def __init__(self, march: March, highest: int, first_step: float | None) -> None:
        self.march, self.highest = march, highest
        self._table = np.zeros((HIGHEST + 3, len(march.at.state)))
        self.order, self._equal, self.length = 1, 0, 0.0
        self._begin(first_step)

    def advance(self) -> bool:
        """Take one step, shortening it until it is accurate; false if it vanishes."""
        march, corrector, refused = self.march, self.march.corrector, 0
        corrector.begin()
        if march.left < self.length * (1 - 1e-6):
            self._change(march.left / self.length)
        while not march.vanishing(self.length):
            shift = float(LEADING[self.order]) / self.length
            stage = self._corrected(shift)
            if stage is None:
                march.rejected += 1
                time, near = march.time + self.length, march.at
                if corrector.fresh or not corrector.refresh(time, near, shift):
                    self._change(0.25)
                continue
            change = stage.state - self._predicted()
            error = float(ERROR[self.order]) * march.scale.error(change)
            if error <= 1:
                self._accept(stage, change, refused)
                return True
            march.rejected += 1
            refused += 1
            if march.cross(self.length):
                self._begin(None)
                return True
            if refused == 3:
                self.order = 1  # what the higher differences say is no longer true
            factor = SAFETY * error ** (-1 / (self.order + 1)) if np.isfinite(error) else LEAST
            self._change(max(LEAST, min(factor, SAFETY)))
        return False

    def _begin(self, first_step: float | None) -> None:
        self.order, self._equal = 1, 0
        self.length = self.march.first_length(2, first_step)
        self._table[:] = 0.0
        self._table[0] = self.march.at.state
        self._table[1] = self.length * self.march.at.rate

    def _predicted(self) -> np.ndarray:
        found: np.ndarray = self._table[: self.order + 1].sum(axis=0)
        return found

    def _corrected(self, shift: float) -> Stage | None:
        march, k = self.march, self.order
        time, predicted = march.end(self.length), self._predicted()
        weights = HARMONIC[1 : k + 1] / LEADING[k] * shift
        slope = np.einsum("j,jn->n", weights, self._table[1 : k + 1])
        if not march.corrector.prepare(time, Stage(predicted, slope), shift, REUSE):
            return None
        return march.corrector.solve(time, predicted - slope / shift, shift, slope)

    def _accept(self, stage: Stage, change: np.ndarray, refused: int) -> None:
        march, table, k = self.march, self._table, self.order
        table[k + 2] = change - table[k + 1]
        table[k + 1] = change
        for i in reversed(range(k + 1)):
            table[i] += table[i + 1]
        march.accept(march.end(self.length), stage, _newton(k) @ table[: k + 1])
        self._equal += 1
        if self._equal > k and not march.done and not refused:
            self._choose()

    def _choose(self) -> None:
        """Take the order that allows the longest step."""
        k, scale = self.order, self.march.scale
        gains: dict[int, float] = {}
        for order in (k - 1, k, k + 1):
            if 1 <= order <= self.highest:
                error = float(ERROR[order]) * scale.error(self._table[order + 1])
                gains[order] = max(error, 1e-10) ** (-1 / (order + 1))
        best = max(gains, key=lambda order: gains[order])
        factor = min(MOST, SAFETY * gains[best])
        if factor > WORTH or (factor < 1 and best != k):
            self.order = best
            self._change(max(LEAST, factor))

    def _change(self, factor: float) -> None:
        """Change the step, so that a whole number of steps still reaches the end."""
        wanted = self.length * factor
        length = self.march.fit(wanted) if not self.march.done else wanted
        part = self._table[: self.order + 1]
        part[:] = _respaced(part, length / self.length)
        self.length, self._equal = length, 0
