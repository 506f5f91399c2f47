"""The numbers to be found: bounds, priors, places to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from residuum._core import OptionError
from residuum.problem import NormalDistribution, Problem

MANY = 10.0
"""Bounds above zero whose ratio is larger are searched on a logarithmic scale."""


@dataclass(frozen=True)
class Numbers:
    """What is known of p numbers before the data.

    Args:
        names: p names.
        bounds: shape (p, 2).
        mean, precision: of normal priors, shape (p,); precision zero where there is none.
        guess: where a search starts, shape (p,).
    """

    names: tuple[str, ...]
    bounds: np.ndarray
    mean: np.ndarray
    precision: np.ndarray
    guess: np.ndarray

    @property
    def half(self) -> np.ndarray:
        """Half the width between bounds."""
        return np.ptp(self.bounds, axis=1) / 2

    def places(self, count: int) -> np.ndarray:
        """Return the guess and points spread evenly between the bounds, shape (count + 1, p)."""
        from scipy.stats.qmc import Sobol  # SciPy's statistics take a while to import

        share = Sobol(len(self.names), scramble=False).random(2 ** int(np.ceil(np.log2(count + 1))))
        share = share[1 : count + 1]
        low, high = self.bounds.T
        found = low + share * (high - low)
        wide = (low > 0) & (high > MANY * np.maximum(low, 1e-300))
        safe = np.where(wide, low, 1.0), np.where(wide, high, 1.0)
        found[:, wide] = (safe[0] * (safe[1] / safe[0]) ** share)[:, wide]
        # What has a prior is looked for where the prior puts it.
        prior = self.precision > 0
        found[:, prior] = self.guess[prior]
        return np.concatenate([self.guess[None], found])


def numbers(problem: Problem, known: dict[str, float] | None = None) -> Numbers:
    """Return the numbers of a problem to be found.

    A parameter with bounds and a normal distribution has that distribution as its prior; without
    one, every value within the bounds is as likely.

    Raises:
        OptionError: there are none.
    """
    found = problem.inferred
    if not found:
        remedy = 'Declare rs.parameter("D", bounds=(…, …)).'
        raise OptionError("parameters with bounds and no given value", "none", remedy)
    mean, precision, guess = (np.zeros(len(found)) for _ in range(3))
    bounds = np.array([p.bounds for p in found], float)
    for i, p in enumerate(found):
        guess[i] = bounds[i].mean() if p.value is None else p.value
        if isinstance(p.distribution, NormalDistribution):
            mean[i], precision[i] = p.distribution.mean, p.distribution.deviation**-2
            guess[i] = np.clip(mean[i] if p.value is None else p.value, *bounds[i])
        guess[i] = np.clip((known or {}).get(p.name, guess[i]), *bounds[i])
    return Numbers(tuple(str(p.name) for p in found), bounds, mean, precision, guess)
