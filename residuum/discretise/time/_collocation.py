"""Radau IIA collocation for sparse linear systems whose matrices do not change.

E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., Springer 1996, IV.5 and
IV.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from residuum._core import OptionError
from residuum.discretise.time._corrector import FAILURES, Stage
from residuum.discretise.time._march import ImplicitScheme, March, Stepper
from residuum.discretise.time._radau import tableau

SAFETY = 0.85
LEAST, MOST = 0.2, 5.0
WORTH = 1.5
"""A longer step must be longer by this factor before it is worth new factorisations."""
SOLVED = 1e-6
"""Part of the defect that a solve may leave behind."""


@final
@dataclass(frozen=True, kw_only=True)
class RadauIIA(ImplicitScheme):
    """Order 2·stages - 1 at the ends of steps and ``stages`` between them, L-stable.

    The stages are decoupled by the eigenvectors of the scheme: one real and (stages - 1)/2 complex
    factorisations serve as long as the step stays. For linear systems with constant matrices that
    swing for long, such as waves: on one oscillator it took a fifth to an eighth of the solves of
    ``ESDIRK4`` at tolerances of 1e-3 to 1e-6, two thirds of them complex, and was more accurate.

    Args:
        stages: 3, 5 or 7.

    Raises:
        OptionError: the stages are not among them, or the system is not linear with constant
            matrices.
    """

    stages: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stages not in (3, 5, 7):
            raise OptionError("3, 5 or 7 stages", repr(self.stages), "Use 5.")

    def stepper(self, march: March, first_step: float | None) -> Stepper:
        """Return the state of an integration by this scheme."""
        if not march.corrector.constant:
            raise OptionError(
                "a linear system with constant matrices", "another one", "Use ESDIRK4()."
            )
        return Collocation(march, self.stages, first_step)


@final
class Collocation(Stepper):
    """An integration by collocation.

    Args:
        march: where it stands.
        stages: number of stages.
        first_step: length of the first step, or nothing for a guess.
    """

    def __init__(self, march: March, stages: int, first_step: float | None) -> None:
        self.march, self.method, self.stages = march, tableau(stages), stages
        nodes = np.concatenate([[0.0], self.method.nodes])
        self._powers = np.linalg.inv(np.vander(nodes, increasing=True))
        self._factors: list[Any] = []
        self._factored = 0.0
        self.length = march.first_length(stages, first_step)

    def advance(self) -> bool:
        """Take one step, shortening it until it is accurate; false if it vanishes."""
        march, rejected = self.march, False
        while not march.vanishing(self.length):
            rates = self._rates()
            if rates is None:
                march.rejected += 1
                rejected = True
                self.length = march.fit(self.length / 4)
                continue
            states = march.at.state + self.length * (self.method.matrix @ rates)
            every = np.concatenate([march.at.state[None], states])
            # The last Legendre coefficient: how well the polynomial fits between the nodes.
            error = max(march.scale.error((self.method.series[-1:] @ every)[0]), 1e-10)
            factor = min(MOST, max(LEAST, SAFETY * error ** (-1 / self.stages)))
            if not error <= 1:
                march.rejected += 1
                rejected = True
                if march.cross(self.length):
                    self.length = march.first_length(self.stages, None)
                    return True
                self.length = march.fit(self.length * (min(factor, SAFETY) if error > 1 else LEAST))
                continue
            end, at = march.end(self.length), Stage(states[-1], rates[-1])
            march.accept(end, at, self._powers @ every)
            if not march.done:
                longer = factor > WORTH and not rejected
                wanted = self.length * factor if longer else min(self.length, march.left)
                self.length = march.fit(wanted) if longer else wanted
            return True
        return False

    def _rates(self) -> np.ndarray | None:
        """Return the rates of the stages, (stages, n), or nothing where a solve fails."""
        march, method, length = self.march, self.method, self.length
        if not self._factorise():
            return None
        zero, times = np.zeros(march.system.size), march.time + length * method.nodes
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            defects = np.stack([march.system.residual(t, march.at.state, zero) for t in times])
        march.corrector.counts["residuals"] += len(times)
        if not np.isfinite(defects).all():
            march.corrector.not_finite = True
            return None
        parts = []
        for row, value, factors in zip(method.into, method.values, self._factors, strict=True):
            right = -(row @ defects) / (length * value)
            try:
                parts.append(factors.solve(right if value.imag else right.real))
            except FAILURES:
                return None
        march.corrector.counts["solves"] += len(parts)
        rates: np.ndarray = (method.back @ np.stack(parts)).real
        return rates if self._solved(rates, times[-1], defects[-1]) else None

    def _solved(self, rates: np.ndarray, time: float, before: np.ndarray) -> bool:
        """Whether the last stage satisfies the equations."""
        march = self.march
        state = march.at.state + self.length * (self.method.matrix[-1] @ rates)
        after = march.system.residual(time, state, rates[-1])
        # The defect may vanish where nothing moves: what solves leave is measured by rates too.
        moved = march.system.residual(time, march.at.state, rates[-1])
        size = float((before * before).sum()) + float((moved * moved).sum())
        return bool(float((after * after).sum()) <= SOLVED**2 * size)

    def _factorise(self) -> bool:
        """Have the factorisations for this step; whether they exist."""
        march = self.march
        if self._factors and abs(self.length / self._factored - 1) < 1e-12:
            return True
        self._factors, at = [], march.at
        for value in self.method.values:
            shift = 1 / (self.length * (value if value.imag else value.real))
            matrix = march.system.jacobian(march.time, at.state, at.rate, shift)
            march.corrector.counts["factorisations"] += 1
            if not np.isfinite(matrix.data).all():
                march.corrector.not_finite = True
                return False
            try:
                self._factors.append(march.system.solver(matrix))
            except FAILURES:
                self._factors = []
                return False
        self._factored = self.length
        return True
