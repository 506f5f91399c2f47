"""Times a stored reference can answer for."""

from __future__ import annotations

import numpy as np

from residuum._core import OptionError


def within(times: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return times (n,) as given, after checking that all lie in [low, high].

    Raises:
        OptionError: one lies outside by more than rounding, where series only extrapolate.
    """
    slack = 1e-12 * (high - low)
    if not ((times >= low - slack) & (times <= high + slack)).all():
        got = f"times from {times.min():g} to {times.max():g}"
        raise OptionError(f"times in [{low:g}, {high:g}]", got, "Stay inside the domain.")
    return times
