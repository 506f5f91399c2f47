"""What a solve may spend, and how it tells its user where it stands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from residuum._core._checkpoint import Checkpoint
from residuum._core._errors import OptionError
from residuum._core._record import Record


@dataclass(frozen=True)
class Budget:
    """The most a solve may spend.

    Args:
        seconds: wall time in seconds, compilation included.
        memory_mb: largest single allocation a method may plan, in MB.

    Raises:
        OptionError: a limit is not positive.
    """

    seconds: float = math.inf
    memory_mb: float = 8000.0

    def __post_init__(self) -> None:
        for name in ("seconds", "memory_mb"):
            value = getattr(self, name)
            if not isinstance(value, int | float | np.number) or not value > 0:
                raise OptionError(
                    f"a budget of more than zero {name}", repr(value), "Give the solve some room."
                )


Listener = Callable[[float, str], None]
"""Called with the fraction done (0 to 1) and a short message."""


@dataclass
class Monitor:
    """Carried through a solve: clock, budget, record, listener to progress, and checkpoint.

    Methods call ``update`` once an iteration and ``phase`` around what is to be timed apart.
    """

    budget: Budget = field(default_factory=Budget)
    record: Record = field(default_factory=Record)
    listener: Listener | None = None
    started: float = field(default_factory=time.perf_counter)
    checkpoint: Checkpoint | None = None

    @property
    def elapsed(self) -> float:
        """Wall seconds since the start."""
        return time.perf_counter() - self.started

    @property
    def remaining(self) -> float:
        """Wall seconds left in the budget; infinite without a limit."""
        return self.budget.seconds - self.elapsed

    @property
    def spent(self) -> bool:
        """Whether the budget is used up."""
        return self.remaining <= 0

    def update(self, fraction: float, message: str = "") -> None:
        """Tell the listener how far the solve is."""
        if self.listener is not None:
            self.listener(min(max(fraction, 0.0), 1.0), message)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the wall time of the block to the phase ``name`` of the record."""
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds = self.record.seconds
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start
