"""After how many solves a surrogate has paid for its data and its training."""

from __future__ import annotations

import math


def breakeven(invested: float, classical: float, surrogate: float) -> float:
    """Return the number of solves after which a surrogate has saved what it cost.

    Args:
        invested: wall seconds of data and training.
        classical: wall seconds of a classical solve.
        surrogate: wall seconds of a solve by the surrogate, its certificate included.

    Returns:
        invested / (classical - surrogate), rounded up; infinite where it never pays, NaN where a
        number is not known.
    """
    if any(math.isnan(value) for value in (invested, classical, surrogate)):
        return math.nan
    saved = classical - surrogate
    return float(math.ceil(invested / saved)) if saved > 0 else math.inf


def in_words(invested: float, classical: float, surrogate: float) -> str:
    """Return the count and what it is made of as a sentence."""
    count = breakeven(invested, classical, surrogate)
    if math.isnan(count):
        return "breakeven: not known, the samples or the training say no seconds"
    costs = f"{surrogate:.2g} s a solve, {classical:.2g} s classically"
    if math.isinf(count):
        return f"breakeven: never ({costs})"
    return f"breakeven: after {count:.0f} solves ({invested:.3g} s for data and training; {costs})"
