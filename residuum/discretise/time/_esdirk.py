"""Diagonally implicit Runge–Kutta schemes with an explicit first stage, stiffly accurate.

C. A. Kennedy, M. H. Carpenter, Additive Runge–Kutta schemes for convection-diffusion-reaction
equations, Appl. Numer. Math. 44 (2003) 139–181 (implicit part of ARK4(3)6L[2]SA); R. E. Bank et
al., Transient simulation of silicon devices and circuits, IEEE Trans. Electron Devices 32 (1985),
and M. E. Hosea, L. F. Shampine, Analysis and implementation of TR-BDF2, Appl. Numer. Math. 20
(1996) 21–37, who also filter the error estimate by the matrix of the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from residuum.discretise.time._corrector import Stage
from residuum.discretise.time._march import ImplicitScheme, March, Stepper

SAFETY = 0.9
LEAST, MOST = 0.2, 5.0
WORTH = 1.3
"""A longer step must be longer by this factor before it is worth a new factorisation."""
BETWEEN = 0.3
"""Weight of the unfiltered estimate: what follows a forcing at once is exact at the ends of a step
of any length, and only this keeps the polynomial between them accurate."""
ALERT = 0.1
"""Weight of the first rate's distance from the others: a forcing that jumps between the first two
stages escapes the embedded scheme, which hardly weighs the first stage."""


@final
@dataclass(frozen=True, eq=False)
class Tableau:
    """Numbers of a scheme for steps of length one.

    Args:
        matrix: Runge–Kutta matrix, (s, s); its last row holds the weights.
        embedded: weights of the embedded scheme, (s,).
        order: order of the scheme.
        estimate: power of the step length with which the error estimate falls.
        dense: powers one and up of the dense weights, (degree, s).
        through: stages whose values give the dense output of algebraic unknowns.
    """

    matrix: np.ndarray
    embedded: np.ndarray
    order: int
    estimate: int
    dense: np.ndarray
    through: tuple[int, ...]

    @property
    def nodes(self) -> np.ndarray:
        """Places of the stages, (s,)."""
        found: np.ndarray = self.matrix.sum(axis=1)
        return found

    @property
    def weights(self) -> np.ndarray:
        """Weights of the stages, (s,)."""
        found: np.ndarray = self.matrix[-1]
        return found

    @property
    def alert(self) -> np.ndarray:
        """Weights of the first rate's distance from a parabola (line) through the others, (s,)."""
        others = np.vander(self.nodes[1:], self.estimate - 1, increasing=True)
        expected = np.linalg.pinv(others)[0]
        found: np.ndarray = self.weights[0] * np.concatenate([[1.0], -expected])
        return found

    @property
    def diagonal(self) -> float:
        """Coefficient of the stage itself."""
        return float(self.matrix[-1, -1])


@cache
def kennedy_carpenter() -> Tableau:
    """Return the scheme of order four with six stages and an embedded scheme of order three."""
    quarter = 1 / 4
    matrix = np.zeros((6, 6))
    matrix[1, :2] = quarter, quarter
    matrix[2, :3] = 8611 / 62500, -1743 / 31250, quarter
    matrix[3, :4] = 5012029 / 34652500, -654441 / 2922500, 174375 / 388108, quarter
    matrix[4, :5] = (
        15267082809 / 155376265600,
        -71443401 / 120774400,
        730878875 / 902184768,
        2285395 / 8070912,
        quarter,
    )
    matrix[5] = 82889 / 524892, 0, 15625 / 83664, 69875 / 102672, -2260 / 8211, quarter
    embedded = np.array(
        [
            4586570599 / 29645900160,
            0,
            178811875 / 945068544,
            814220225 / 1159782912,
            -3700637 / 11593932,
            61727 / 225920,
        ]
    )
    middle = _middle(matrix)
    return Tableau(matrix, embedded, 4, 4, _quartic(matrix[-1], middle), (0, 2, 3, 4, 5))


@cache
def trapezoidal_bdf() -> Tableau:
    """Return the trapezoidal rule followed by BDF2, order two with an embedded order three."""
    root = np.sqrt(2.0)
    gamma, w = 2 - root, root / 4
    d = gamma / 2
    matrix = np.array([[0, 0, 0], [d, d, 0], [w, w, d]])
    embedded = np.array([(1 - w) / 3, (3 * w + 1) / 3, d / 3])
    first, last = np.eye(3)[0], np.eye(3)[-1]
    b = matrix[-1]
    dense = np.stack([first, 3 * b - 2 * first - last, first + last - 2 * b])
    return Tableau(matrix, embedded, 2, 3, dense, (0, 1, 2))


def _middle(matrix: np.ndarray) -> np.ndarray:
    """Return weights that reach the middle of the step with order four.

    With stages of order two the conditions are those of quadrature and one more.
    """
    c, theta = matrix.sum(axis=1), 0.5
    rows = [c**k for k in range(4)] + [matrix @ c**2]
    right = [theta ** (k + 1) / (k + 1) for k in range(4)] + [theta**4 / 12]
    found: np.ndarray = np.linalg.lstsq(np.stack(rows), np.array(right), rcond=None)[0]
    return found


def _quartic(weights: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Return dense weights with the right values and slopes at the ends and value in the middle."""
    n = len(weights)
    powers = np.arange(1, 5)
    rows = np.stack([(powers == 1) * 1.0, np.ones(4), powers * 1.0, 0.5**powers])
    right = np.stack([np.eye(n)[0], weights, np.eye(n)[-1], middle])
    found: np.ndarray = np.linalg.solve(rows, right)
    return found


@final
@dataclass(frozen=True, kw_only=True)
class ESDIRK4(ImplicitScheme):
    """Order four, stages of order two, L-stable: the scheme to start with.

    Five solves with one matrix per step. Order falls to two or three where boundary values change
    in time and the stiffness is resolved by no step (order reduction); the error is still
    controlled. Rough data are damped within a step.
    """

    def stepper(self, march: March, first_step: float | None) -> Stepper:
        """Return the state of an integration by this scheme."""
        return Marching(march, kennedy_carpenter(), first_step)


@final
@dataclass(frozen=True, kw_only=True)
class TRBDF2(ImplicitScheme):
    """Order two, L-stable, two solves per step: for tolerances of 1e-3 and rough problems."""

    def stepper(self, march: March, first_step: float | None) -> Stepper:
        """Return the state of an integration by this scheme."""
        return Marching(march, trapezoidal_bdf(), first_step)


@final
class Marching(Stepper):
    """An integration by a diagonally implicit scheme.

    Args:
        march: where it stands.
        tableau: the scheme.
        first_step: length of the first step, or nothing for a guess.
    """

    def __init__(self, march: March, tableau: Tableau, first_step: float | None) -> None:
        self.march, self.tableau = march, tableau
        self.length = march.first_length(tableau.estimate, first_step)
        self._before = 1.0
        self._estimate, self._alert = tableau.weights - tableau.embedded, tableau.alert
        self._piece: tuple[float, np.ndarray] | None = None
        nodes = tableau.nodes[list(tableau.through)]
        self._interpolation = np.linalg.inv(np.vander(nodes, increasing=True))
        self._algebraic = np.flatnonzero(~march.scale.differential)

    def advance(self) -> bool:
        """Take one step, shortening it until it is accurate; false if it vanishes."""
        march = self.march
        march.corrector.begin()
        rejected = False
        while not march.vanishing(self.length):
            stages = self._stages()
            if stages is None:
                march.rejected += 1
                rejected = True
                corrector, shift = march.corrector, self._shift
                if corrector.fresh or not corrector.refresh(march.time, march.at, shift):
                    self.length = march.fit(self.length / 4)
                continue
            error = max(self._error(stages), 1e-10)
            if error > 1:
                march.rejected += 1
                rejected = True
                if march.cross(self.length):
                    self.length, self._piece = march.first_length(self.tableau.estimate, None), None
                    return True
                factor = SAFETY * error ** (-1 / self.tableau.estimate)
                self.length = march.fit(self.length * max(LEAST, min(factor, SAFETY)))
                continue
            self._accept(stages, error, rejected)
            return True
        return False

    @property
    def _shift(self) -> float:
        return 1 / (self.length * self.tableau.diagonal)

    def _accept(self, stages: list[Stage], error: float, rejected: bool) -> None:
        march, power = self.march, 1 / self.tableau.estimate
        piece, length = self._dense(stages), self.length
        march.accept(march.end(length), stages[-1], piece)
        self._piece = (length, piece)
        # Proportional and integral control (Gustafsson): a falling error is trusted less.
        factor = SAFETY * error ** (-0.7 * power) * self._before ** (0.4 * power)
        self._before = error
        factor = min(MOST, factor, 1.0 if rejected else MOST)
        if factor > WORTH or factor < SAFETY**2:
            length *= max(LEAST, factor)
            if not march.done:
                self.length = march.fit(length)
        elif not march.done:
            self.length = min(self.length, march.left)

    def _stages(self) -> list[Stage] | None:
        march, matrix, nodes = self.march, self.tableau.matrix, self.tableau.nodes
        shift, corrector = self._shift, march.corrector
        if not corrector.prepare(march.time, march.at, shift):
            return None
        stages = [march.at]
        for i in range(1, len(nodes)):
            base = march.at.state + self.length * sum(
                a * stage.rate for a, stage in zip(matrix[i], stages, strict=False) if a
            )
            time = march.time + nodes[i] * self.length
            guess = self._guess(nodes[i], base, shift, stages[-1].rate)
            stage = corrector.solve(time, base, shift, guess)
            if stage is None:
                return None
            stages.append(stage)
        return stages

    def _guess(self, node: float, base: np.ndarray, shift: float, rate: np.ndarray) -> np.ndarray:
        """Return a guess of the stage's rate: the last step's polynomial, or the last rate."""
        if self.march.corrector.constant or self._piece is None:
            return rate
        length, piece = self._piece
        share = 1 + node * self.length / length
        if share > 2.5:
            return rate
        total = np.array(piece[-1])
        for row in piece[-2::-1]:
            total = total * share + row
        guess: np.ndarray = shift * (total - base)
        return guess

    def _error(self, stages: list[Stage]) -> float:
        """Return the error estimate in units of the tolerance.

        The matrix of the step times the filtered error is the mass times the error, which is had
        from the residual of a rate displaced by the error: no mass matrix is needed.
        """
        march, corrector = self.march, self.march.corrector
        error, jump = (
            self.length * sum(w * s.rate for w, s in zip(weights, stages, strict=True))
            for weights in (self._estimate, self._alert)
        )
        last = stages[-1]
        moved = Stage(last.state, last.rate + self._shift * error)
        right = corrector.residual(march.time + self.length, moved)
        if right is None:
            return np.inf
        filtered = march.scale.error(corrector.apply(right))
        coarse = max(BETWEEN * march.scale.error(error), ALERT * march.scale.error(jump))
        found = max(filtered, coarse)
        return found if np.isfinite(found) else np.inf

    def _dense(self, stages: list[Stage]) -> np.ndarray:
        rates = np.stack([s.rate for s in stages])
        rising = self.length * (self.tableau.dense @ rates)
        piece = np.concatenate([stages[0].state[None], rising])
        if len(self._algebraic):
            values = np.stack([stages[i].state[self._algebraic] for i in self.tableau.through])
            piece[:, self._algebraic] = 0.0
            piece[: len(values), self._algebraic] = self._interpolation @ values
        return piece
