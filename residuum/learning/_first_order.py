"""First-order rules: Adam and L-BFGS, the baselines of the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import optax

from residuum._core import OptionError, Source
from residuum.learning._descent import DescentRule
from residuum.learning._rule import Flat


@dataclass(frozen=True)
class Adam(DescentRule):
    """Adam with exponential decay of its rate: the usual baseline, slow to high accuracy.

    Args:
        steps: number of steps.
        rate: first learning rate. Good starting values: 1e-3 to 5e-3.
        decay: factor of the rate per thousand steps.
        every: steps between fresh points.
        precision: ``"float64"``, or ``"float32"`` for faster steps to three or four digits.
        warmup: steps over which the rate rises from zero.
    """

    steps: int = 10_000
    rate: float = 2e-3
    decay: float = 0.9
    every: int = 500
    precision: str = "float64"
    warmup: int = 0

    shares_points: ClassVar[bool] = True
    name: ClassVar[str] = "adam"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "adam",
            "Adam: A Method for Stochastic Optimization",
            "D. P. Kingma, J. Ba",
            2015,
            "arXiv:1412.6980",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.steps < 1 or self.warmup < 0 or not self.rate > 0 or not 0 < self.decay <= 1:
            wanted = "steps >= 1, warmup >= 0, rate > 0, 0 < decay <= 1"
            raise OptionError(wanted, repr(self), "Correct them.")
        self._check()

    def optimiser(self, flat: Flat) -> Any:
        schedule = optax.exponential_decay(self.rate, 1000, self.decay)
        if self.warmup:
            rise = optax.linear_schedule(0.0, self.rate, self.warmup)
            schedule = optax.join_schedules([rise, schedule], [self.warmup])
        return optax.adam(schedule)


@dataclass(frozen=True)
class LBFGS(DescentRule):
    """Limited-memory BFGS with a zoom line search, on fixed points.

    Args:
        steps: number of steps.
        memory: pairs remembered.
        every: steps between fresh points; far apart, since each change spoils the memory.
    """

    steps: int = 2_000
    memory: int = 50
    every: int = 1_000_000

    name: ClassVar[str] = "lbfgs"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "lbfgs",
            "On the limited memory BFGS method for large scale optimization",
            "D. C. Liu, J. Nocedal",
            1989,
            "doi:10.1007/BF01589116",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.steps < 1 or self.memory < 1:
            raise OptionError("steps and memory of at least 1", repr(self), "Correct them.")

    def optimiser(self, flat: Flat) -> Any:
        return optax.lbfgs(memory_size=self.memory)
