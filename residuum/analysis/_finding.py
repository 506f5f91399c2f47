"""What a diagnosis says: causes with their evidence and what to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, final

from residuum._core import OptionError


@final
@dataclass(frozen=True)
class Finding:
    """One likely cause of a poor answer.

    Args:
        cause: a few words, the same for every finding of this kind.
        evidence: what was measured, in words with numbers.
        remedy: what to do, in names of this library.
        strength: from 0 (barely noticed) to 1 (plain), comparable between causes.
        numbers: the measurements by name.
    """

    cause: str
    evidence: str
    remedy: str
    strength: float
    numbers: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise OptionError("a strength between 0 and 1", str(self.strength), "Correct it.")

    def __str__(self) -> str:
        return f"{self.cause} ({self.strength:.2f}): {self.evidence}. {self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; what is not finite becomes ``None``."""
        numbers = {k: v if math.isfinite(v) else None for k, v in self.numbers.items()}
        names = ("cause", "evidence", "remedy", "strength")
        return {**{name: getattr(self, name) for name in names}, "numbers": numbers}


@final
@dataclass(frozen=True)
class Diagnosis:
    """The likely causes of a poor answer, the strongest first.

    Args:
        findings: the causes found; none for an answer that looks good.
        reasons: why the answer counts as poor; empty if it does not.
        measured: what was measured of the answer as a whole, by name.
        skipped: causes that were not looked at, with the reason.
    """

    findings: tuple[Finding, ...]
    reasons: tuple[str, ...] = ()
    measured: dict[str, float] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    @property
    def poor(self) -> bool:
        """Whether the answer counts as poor."""
        return bool(self.reasons)

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {value:.1e}" for name, value in self.measured.items())
        if not self.poor:
            head = "nothing found: the answer looks good"
        elif not self.findings:
            head = f"the answer is poor ({'; '.join(self.reasons)}), but no cause was found"
        else:
            head = f"the answer is poor: {'; '.join(self.reasons)}"
        lines = [f"{head}{sizes and f' [{sizes}]'}", *map(str, self.findings)]
        return "\n".join([*lines, *(f"not looked at: {item}" for item in self.skipped)])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; what is not finite becomes ``None``."""
        return {
            "poor": self.poor,
            "reasons": list(self.reasons),
            "findings": [item.to_dict() for item in self.findings],
            "measured": {k: v if math.isfinite(v) else None for k, v in self.measured.items()},
            "skipped": list(self.skipped),
        }


def grade(value: float, least: float, sure: float) -> float:
    """Return how far a measurement lies between noticed (0) and plain (1), in its logarithm."""
    if not value > least:
        return 0.0
    if not math.isfinite(value):
        return 1.0
    return min(1.0, math.log(value / least) / math.log(sure / least))
