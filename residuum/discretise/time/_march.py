"""What all implicit schemes share: where a march stands, and what it has left behind."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum._core import OptionError, Result
from residuum.discretise.time._consistent import consistent
from residuum.discretise.time._corrector import Corrector, Stage
from residuum.discretise.time._history import Evolution
from residuum.discretise.time._semidiscrete import Scale, Semidiscrete

SHORTEST = 1e-14
"""Share of the interval, or of the time itself, below which a step is too short."""
INSTANT = 1e-10
"""Share of the interval taken for an instant: given values that change in it have jumped."""


@dataclass(frozen=True, kw_only=True)
class ImplicitScheme(ABC):
    """A rule for implicit steps in time.

    Args:
        longest: longest step, in the unit of time; set it where a forcing could be stepped over.
        stride: steps per kept piece; more than one saves memory, and ``Evolution.thinning`` says
            how far the kept pieces are from the steps.

    Raises:
        OptionError: an option is out of range.
    """

    longest: float = math.inf
    stride: int = 1

    def __post_init__(self) -> None:
        if not self.longest > 0:
            raise OptionError("a positive longest step", repr(self.longest), "Leave it out.")
        if not isinstance(self.stride, int) or self.stride < 1:
            raise OptionError("a stride of at least one", repr(self.stride), "Use 1.")

    @abstractmethod
    def stepper(self, march: March, first_step: float | None) -> Stepper:
        """Return the state of an integration by this scheme."""


class Stepper(ABC):
    """An integration between two steps."""

    @abstractmethod
    def advance(self) -> bool:
        """Take one step, shortening it until it is accurate; false if it vanishes."""


@final
class March:
    """Where an integration stands.

    Args:
        system: the equations.
        interval: start and end of time.
        start: consistent state and rate.
        scale: the norm.
        scheme: gives the longest step and the stride.
    """

    def __init__(
        self,
        system: Semidiscrete,
        interval: tuple[float, float],
        start: Stage,
        *,
        scale: Scale,
        scheme: ImplicitScheme,
    ) -> None:
        self.system, self.interval, self.scale = system, interval, scale
        self.corrector = Corrector(system, scale)
        self.time, self.at = interval[0], start
        self.total = interval[1] - interval[0]
        self.longest = min(scheme.longest, self.total)
        self.stride = scheme.stride
        self.steps = self.rejected = 0
        self._first = max(1.0, scale.size(start.state))
        self._start, self._crossed = start, -np.inf
        self._times, self._states = [interval[0]], [start.state]
        self._pieces: list[np.ndarray] = []
        self._waiting: list[tuple[float, np.ndarray]] = []
        self._thinning = 0.0

    @property
    def left(self) -> float:
        """Time left to the end of the interval."""
        return self.interval[1] - self.time

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        return self.left <= 0

    def vanishing(self, length: float) -> bool:
        """Whether a step is too short to go on with."""
        size = max(abs(self.time), abs(self.interval[1]) * 1e-2)
        shortest = SHORTEST * max(self.total * 1e-2, size)
        if self._grown:
            shortest = max(shortest, INSTANT * self.total)
        return not length > shortest

    def cross(self, length: float) -> bool:
        """Step over a jump of given values once error control has cornered it in an instant.

        Dirichlet values move to what they are after the jump, differential unknowns stay. Moved
        with their rows instead, a mass matrix would pass part of the jump on to the neighbours.

        Returns:
            Whether it was done: not twice at one place, and only where it keeps the tolerance.
        """
        short = 10 * length
        if length > INSTANT * self.total or self.left <= short or self._grown:
            return False
        if self.scale.differential.all() or self.time - self._crossed < 1e-6 * self.total:
            return False
        after = (self.time + short, self.interval[1])
        found = consistent(self.system, after, self.at.state, self.scale)
        if found is None or self.scale.error(short * found.rate) > 1:
            return False
        self._crossed = after[0]
        piece = np.stack([self.at.state, found.state - self.at.state])
        self._keep()
        self.accept(after[0], found, piece)
        self._keep()
        return True

    @property
    def _grown(self) -> bool:
        return self.scale.size(self.at.state) > 1e6 * self._first

    def fit(self, length: float) -> float:
        """Return a step, not longer, of which a whole number reaches the end."""
        length = min(length, self.longest)
        return self.left / max(1, math.ceil(self.left / length * (1 - 1e-9)))

    def end(self, length: float) -> float:
        """Return where a step ends; exactly the end of the interval when it comes near."""
        found = self.time + length
        return self.interval[1] if self.interval[1] - found < 1e-6 * length else found

    def first_length(self, order: int, first_step: float | None) -> float:
        """Return a first step in which the solution moves by about tol^(1/order) of its weights."""
        if first_step is not None:
            return self.fit(first_step)
        rate = self.scale.size(self.at.rate)
        share = 0.5 * self.scale.tol ** (1 / order)
        length = share * max(1.0, self.scale.size(self.at.state)) / rate if rate > 0 else self.total
        return self.fit(max(min(length, 1e-2 * self.total), 1e-10 * self.total))

    def accept(self, time: float, at: Stage, piece: np.ndarray) -> None:
        """Move on to the end of a step; ``piece`` holds its polynomial in powers of its share."""
        self._waiting.append((time, piece))
        self.time, self.at = time, at
        self.steps += 1
        self.scale.grow(at.state)
        if len(self._waiting) == self.stride or self.done:
            self._keep()

    def failure(self) -> Result:
        """Return why the step vanished."""
        if self._grown:
            return Result.DIVERGED
        return Result.NOT_FINITE if self.corrector.not_finite else Result.STAGNATED

    def evolution(self, result: Result) -> Evolution:
        """Return what was found so far."""
        self._keep()
        counts = {"steps": self.steps, "rejected": self.rejected, **self.corrector.counts}
        return Evolution(
            np.array(self._times),
            np.stack(self._states),
            self._start.rate,
            self._pieces,
            result,
            counts,
            self._thinning,
        )

    def _keep(self) -> None:
        if not self._waiting:
            return
        end, piece = self._waiting[0] if len(self._waiting) == 1 else self._merged()
        self._times.append(end)
        self._states.append(self.at.state)
        self._pieces.append(piece)
        self._waiting = []

    def _merged(self) -> tuple[float, np.ndarray]:
        """Return one polynomial for the waiting steps, and note how far it is from them."""
        begin = self._times[-1]
        ends = np.array([begin, *(t for t, _ in self._waiting)])
        part = Evolution(ends, self.at.state[None], self.at.rate, [p for _, p in self._waiting])
        degree = max(len(p) for _, p in self._waiting) - 1
        # Chebyshev–Lobatto points keep both ends exact and the interpolation tame.
        share = (1 - np.cos(np.pi * np.arange(degree + 1) / degree)) / 2
        values = np.stack([part.at(begin + s * (ends[-1] - begin)) for s in share])
        piece = np.linalg.solve(np.vander(share, increasing=True), values)
        whole = Evolution(ends[[0, -1]], self.at.state[None], self.at.rate, [piece])
        probes = np.concatenate([ends[1:-1], (ends[1:] + ends[:-1]) / 2])
        gaps = [self.scale.size(whole.at(t) - part.at(t)) for t in probes]
        self._thinning = max(self._thinning, *gaps)
        return float(ends[-1]), piece
