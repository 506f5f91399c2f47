"""Several rules, one after another; each has to earn its place at fresh points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from residuum._core import Budget, LinearField, Monitor, OptionError, Result
from residuum.learning._head import HeadGaussNewton
from residuum.learning._rule import Draw, LearningRule, Outcome, Trainable
from residuum.objectives import Rows

BETWEEN = 1_000_000
"""Rounds of points between the rules: no rule draws these itself."""


@dataclass(frozen=True)
class InTurn(LearningRule):
    """Run rules in turn; go on from what a rule found only if its residual at fresh points fell.

    So a least-squares start of the last layer (``HeadGaussNewton``) is kept where it helps and
    dropped where a linearised equation misleads. It is left out where numbers are to be inferred.

    Args:
        rules: the rules, in order.
        shares: share of the time that is left when its turn comes that each rule may take; all of
            it if left out. Without a budget each rule stops by itself.

    A killed training goes on with the rule it was in; bit for bit only with points that do not
    remember the round before, such as ``ResidualAdaptive``.
    """

    rules: tuple[LearningRule, ...]
    shares: tuple[float, ...] | None = None

    name: ClassVar[str] = "in_turn"

    def __post_init__(self) -> None:
        shares = self.shares or (1.0,) * len(self.rules)
        if not self.rules or len(shares) != len(self.rules):
            raise OptionError("rules, and a share for each", repr(self), "Correct them.")
        if not all(0 < share <= 1 for share in shares):
            raise OptionError("shares above 0, at most 1", repr(shares), "Correct them.")

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        total = Outcome(start, Result.SUCCESSFUL, "no rule suits the field")
        held = np.inf if draw is None else draw(start, BETWEEN)[1]
        shares = self.shares or (1.0,) * len(self.rules)
        for i, (rule, share) in enumerate(zip(self.rules, shares, strict=True)):
            if not _suits(rule, total.trained):
                continue
            found = rule.train(total.trained, rows, _part(monitor, share), draw)
            total.losses += found.losses
            total.held += found.held
            after = np.nan
            if draw is not None:
                rows, after = draw(found.trained, BETWEEN + 1 + i)
            if draw is None or after < held or not np.isfinite(held):
                held, total.trained = after, found.trained
                total.result, total.reason = found.result, f"{rule.name}: {found.reason}"
            else:
                monitor.record.notes.append(f"{rule.name} did not lower the residual; dropped")
                rows, _ = draw(total.trained, BETWEEN + 1 + i)
            if monitor.spent or found.result is Result.INTERRUPTED:
                total.result, total.reason = found.result, f"{rule.name}: {found.reason}"
                break
        return total


def _suits(rule: LearningRule, trained: Trainable) -> bool:
    """Whether a rule that solves for the last layer alone can."""
    field, numbers = trained
    return not isinstance(rule, HeadGaussNewton) or (
        isinstance(field, LinearField) and not numbers.raw
    )


def _part(monitor: Monitor, share: float) -> Monitor:
    """Return the monitor of a part of the time that is left."""
    if share == 1 or not np.isfinite(monitor.budget.seconds):
        return monitor
    seconds = monitor.elapsed + share * max(monitor.remaining, 1e-3)
    return replace(monitor, budget=Budget(seconds, monitor.budget.memory_mb))
