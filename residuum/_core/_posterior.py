"""What the data say about the numbers of a statement: estimates, covariance, intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from residuum._core._errors import DataError, OptionError


@dataclass(frozen=True)
class Posterior:
    """Inferred numbers and how well the data fix them.

    Near its top the posterior is a normal density, whose centre and covariance Gauss–Newton gives.

    Args:
        names: of the numbers, p of them.
        values: the estimates, shape (p,).
        covariance: shape (p, p).
        bounds: of each number, shape (p, 2); intervals stay inside.
        level: of the intervals, between 0 and 1.
        freedom: degrees of freedom of the noise where it was estimated, infinite where it is known.
        noise: standard deviation of every set of observations, in the unit of its values.
        misfit: weighted sum of squares of what the fit leaves of the data.
        count: number of readings.
        notes: what is doubtful about data, statement or intervals, in words.
        sound: whether the data fix every number and do not contradict the statement.
    """

    names: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray
    bounds: np.ndarray
    level: float = 0.9
    freedom: float = math.inf
    noise: tuple[float, ...] = ()
    misfit: float = 0.0
    count: int = 0
    notes: tuple[str, ...] = ()
    sound: bool = True

    def __post_init__(self) -> None:
        p = len(self.names)
        values, covariance, bounds = (
            np.asarray(item, float) for item in (self.values, self.covariance, self.bounds)
        )
        fits = values.shape == (p,) and covariance.shape == (p, p) and bounds.shape == (p, 2)
        if not fits or not all(np.isfinite(a).all() for a in (values, covariance, bounds)):
            raise DataError(
                "finite values (p,), covariance (p, p) and bounds (p, 2)",
                f"{values.shape}, {covariance.shape}, {bounds.shape} for {p} names",
                "Correct them.",
            )
        if (np.diag(covariance) < 0).any() or not np.allclose(covariance, covariance.T):
            raise DataError("a covariance", "a matrix that is none", "Correct it.")
        if not (0 < self.level < 1 and self.freedom > 0):
            got = f"level {self.level}, freedom {self.freedom}"
            raise OptionError("a level between 0 and 1, freedom above 0", got, "Write level=0.9.")
        for name, item in (("values", values), ("covariance", covariance), ("bounds", bounds)):
            object.__setattr__(self, name, item)

    @property
    def deviations(self) -> dict[str, float]:
        """Standard deviations by name."""
        sizes = np.sqrt(np.diag(self.covariance))
        return dict(zip(self.names, sizes.tolist(), strict=True))

    @property
    def correlation(self) -> np.ndarray:
        """Correlations, shape (p, p)."""
        size = np.maximum(np.sqrt(np.diag(self.covariance)), 1e-300)
        return self.covariance / np.outer(size, size)

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Low and high end by name, at the level of the posterior."""
        reach = self.reach() * np.sqrt(np.diag(self.covariance))
        low, high = self.bounds.T
        ends = np.stack(
            [np.clip(self.values - reach, low, high), np.clip(self.values + reach, low, high)]
        )
        return {n: (float(a), float(b)) for n, a, b in zip(self.names, *ends, strict=True)}

    def reach(self) -> float:
        """Return half the width of an interval in standard deviations.

        It is a quantile of the normal, or of Student's distribution where the noise was estimated.
        """
        from scipy.special import ndtri, stdtrit  # SciPy is imported only where it is needed

        tail = (1 + self.level) / 2
        return float(stdtrit(self.freedom, tail) if math.isfinite(self.freedom) else ndtri(tail))

    def __str__(self) -> str:
        parts = []
        for (name, (low, high)), value in zip(self.intervals.items(), self.values, strict=True):
            parts.append(f"{name} = {value:.6g} in [{low:.6g}, {high:.6g}]")
        return f"{', '.join(parts)} ({100 * self.level:g} % intervals)"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; infinite freedom becomes ``None``."""
        return {
            "names": list(self.names),
            "values": self.values.tolist(),
            "covariance": self.covariance.tolist(),
            "bounds": self.bounds.tolist(),
            "level": self.level,
            "freedom": self.freedom if math.isfinite(self.freedom) else None,
            "noise": list(self.noise),
            "misfit": self.misfit,
            "count": self.count,
            "notes": list(self.notes),
            "sound": self.sound,
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Posterior:
        """Return the posterior written by ``to_dict``."""
        plain = dict(data)
        plain["freedom"] = math.inf if data["freedom"] is None else float(data["freedom"])
        for name in ("names", "notes"):
            plain[name] = tuple(str(item) for item in data[name])
        plain["noise"] = tuple(float(item) for item in data["noise"])
        for name in ("values", "covariance", "bounds"):
            plain[name] = np.array(data[name], float)
        return Posterior(**plain)
