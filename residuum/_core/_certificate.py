"""What is known of the error of an answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from residuum._core._errors import OptionError

KINDS = ("bound", "estimate", "none")


@dataclass(frozen=True)
class Certificate:
    """How wrong an answer may be.

    Args:
        kind: ``"bound"`` (guaranteed under the assumptions), ``"estimate"`` (asymptotically right)
            or ``"none"``.
        value: the error, absolute and in the norm named; NaN for kind ``"none"``.
        relative: the same divided by the norm of the solution, as far as it is known; NaN where the
            error may be as large as the answer.
        norm: ``"L2"``, ``"energy"``, ``"max"`` or ``"quantity"``.
        assumptions: what has to hold, in words; for kind ``"none"`` the reason.
        seconds: what the certificate itself cost.
        by: what gave it, such as ``"flux bound"``; empty for the method's own.
    """

    kind: str = "none"
    value: float = math.nan
    relative: float = math.nan
    norm: str = "L2"
    assumptions: tuple[str, ...] = ("no estimator applied yet",)
    seconds: float = 0.0
    by: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise OptionError(f"a kind among {KINDS}", repr(self.kind), "Correct it.")
        if self.kind != "none" and not (self.value >= 0 and math.isfinite(self.value)):
            raise OptionError("a finite error of zero or more", str(self.value), 'Use kind "none".')
        if self.kind != "none" and self.relative < 0:
            got = str(self.relative)
            raise OptionError("a relative error of zero or more", got, "Divide by the norm.")

    def __str__(self) -> str:
        why = "; ".join(self.assumptions)
        if self.kind == "none":
            return f"estimate: none yet ({why})"
        return (
            f"{self.kind}: {self.relative:.1e} relative, {self.value:.1e} absolute"
            f" in the {self.norm} norm{self.by and f', by {self.by}'} ({why})"
        )

    def verifies(self, tol: float) -> bool:
        """Whether the relative error is known to be at most ``tol``."""
        return self.kind != "none" and self.relative <= tol

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; what is not finite becomes ``None``."""
        names = ("kind", "value", "relative", "norm", "seconds", "by")
        plain = {k: getattr(self, k) for k in names}
        plain = {k: v if isinstance(v, str) or math.isfinite(v) else None for k, v in plain.items()}
        return {**plain, "assumptions": list(self.assumptions)}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Certificate:
        """Return the certificate written by ``to_dict``."""
        plain: dict[str, Any] = {k: math.nan if v is None else v for k, v in data.items()}
        plain["assumptions"] = tuple(data["assumptions"])
        return Certificate(**plain)
