"""Modes and steps refined separately, each judged by its own difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import final

from residuum._core import Certificate
from residuum.discretise.spectral._agreement import Gap

ROUGH = 1e-2
"""Last modes, relative to the largest, above which a run says nothing about the steps it needs."""
PAYING = 0.5
"""A difference in time that a refinement leaves above this share of it does not come from steps."""
ROUNDED = 1e-8
"""Difference below which a refinement that does not pay has met rounding."""
NONE = Gap(0.0, 0.0)


@final
@dataclass
class Ladder:
    """What is known of the errors in space and in time, and which of them to attack next.

    The difference of two levels that share their steps is the error in space of the coarser one;
    with shared modes, the error in time. Both together bound what refinement still changes, as
    long as each converges. Where the last modes are nothing, space is resolved without a second
    level. The error in time counts twice where it was measured with fewer modes.

    Args:
        tol: relative error wanted of both together.
        order: order of the steps.
        steady: whether there is no time at all.
        tail: the last modes, relative to the largest.
        between: relative error of the polynomials between the states that are kept.
    """

    tol: float
    order: int
    space: Gap | None = None
    time: Gap | None = None
    steady: bool = False
    tail: float = math.inf
    between: float = 0.0
    paying: bool = True
    moved: bool = False
    levels: dict[str, str] = field(default_factory=dict)
    last: tuple[int, float] | None = None
    """Modes and tail of the finished level before."""

    @property
    def resolved(self) -> bool:
        """Whether the last modes vouch for space."""
        return not self.steady and self.tail < 1e-3 * self.tol

    @property
    def total(self) -> Gap | None:
        """All errors together, or ``None`` while one is unknown."""
        space = NONE if self.resolved else self.space
        time = NONE if self.steady else self.time
        if space is None or time is None:
            return None
        count = 2 if self.moved else 1
        absolute = space.absolute + count * time.absolute
        relative = space.relative + count * time.relative
        more = self.between * absolute / relative if relative > 0 else 0.0
        return Gap(absolute + more, relative + self.between)

    @property
    def settled(self) -> bool:
        """Whether all errors together are within the tolerance."""
        return self.total is not None and self.total.relative <= self.tol

    def refined_time(self, found: Gap, levels: str) -> None:
        """Take in the difference of two levels with the same modes."""
        before = self.time.relative if self.time is not None else math.inf
        self.paying = found.relative <= PAYING * before
        self.time, self.moved, self.levels["steps"] = found, False, levels

    def refined_space(self, found: Gap, levels: str) -> None:
        """Take in the difference of two levels with the same steps."""
        self.space, self.paying, self.moved, self.levels["modes"] = found, True, True, levels

    @property
    def wants_steps(self) -> bool:
        """Whether the error in time is unknown or too large, and steps make it smaller."""
        if self.time is None:
            return True
        # A resolved orbit that is chaotic may need many refinements before the first one pays.
        hopeful = self.paying or (self.resolved and self.time.relative > ROUNDED)
        share = 2 if self.resolved and not self.moved else 4
        return self.time.relative > self.tol / share and hopeful

    def wants_modes(self, *, more: bool) -> bool:
        """Whether modes are refined next, and not steps; ``more``: whether more may be had."""
        if self.resolved or not more:
            return False
        return self.tail > ROUGH or not self.wants_steps

    def more_modes(self, modes: tuple[int, ...], largest: int) -> tuple[int, ...] | None:
        """Return the next modes, or ``None`` where no more are allowed."""
        if max(modes) >= largest:
            return None
        double = len(modes) == 1 or self.tail > ROUGH
        return tuple(min(2 * m if double else _next(m), largest) for m in modes)

    def more_steps(self) -> int:
        """Return by what to multiply the steps: the order tells how far there is to go."""
        if self.time is None or not math.isfinite(self.time.relative):
            return 2
        missing = max(self.time.relative / self.tol, 1.0) ** (1 / self.order)
        return int(2 ** max(1, min(4, math.ceil(math.log2(missing)))))

    def needed(self, count: int, largest: int) -> tuple[str, float] | None:
        """Return what two rough levels show and how many modes that asks for, or ``None`` so far.

        The spectrum of what no level resolves falls like a power, which two tails tell; from few
        modes they tell nothing of how it falls further out.
        """
        before, self.last = self.last, (count, self.tail)
        early = before is None or before[0] >= count or count < largest / 4
        if before is None or early or self.tail <= ROUGH:
            return None
        fall = math.log(before[1] / self.tail) / math.log(count / before[0])
        modes = float(f"{count * (self.tail / ROUGH) ** (1 / max(fall, 0.1)):.1g}")
        tails = f"{before[1]:.0e} and {self.tail:.0e}"
        return f"the last modes of {before[0]} and {count} are {tails} of the largest", modes

    def certificate(self, *assumptions: str) -> Certificate:
        """Return both errors as one estimate."""
        total = self.total
        if total is None:
            return Certificate(assumptions=("no two levels to compare", *assumptions))
        shown = dict(self.levels)
        if self.resolved:
            shown.pop("modes", None)
        compared = tuple(f"agreement of two levels: {text}" for text in shown.values())
        return total.certificate(
            *compared, f"the last modes are {self.tail:.0e} of the largest", *assumptions
        )


def _next(modes: int) -> int:
    """Return the next of 2, 3, 4, 6, 8, 12, …: half to a third more."""
    power = 1 << (modes.bit_length() - 1)
    return 3 * power // 2 if modes < 3 * power // 2 else 2 * power
