"""What a solve did and what it cost."""

from __future__ import annotations

import platform
import resource
import sys
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = (
    *("residuum", "jax", "jaxlib", "equinox", "optax", "diffrax", "numpy", "scipy", "sympy"),
    *("scikit-fem", "pyamg", "netgen-mesher"),
)


def versions() -> dict[str, str]:
    """Return the versions of Python, the platform and the packages an answer depends on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    return found | {package: _version(package) for package in PACKAGES}


@cache
def _version(package: str) -> str:
    """Return a version; files are read for it, which a quick certificate would feel."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def peak_memory_mb() -> float:
    """Return the highest resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


@dataclass
class Record:
    """Seed, versions, wall time by phase, peak memory, evaluations, and notes in words.

    Args:
        method: name of the method as written by its ``repr``.
        seed: the key the randomness came from, as text.
        seconds: wall seconds by phase: ``compile``, ``train``, ``solve``, ``certify``, ``total``.
        peak_memory_mb: highest resident memory of the process, in MB.
        evaluations: counts by name (``residual``, ``iterations``, ``steps``, …).
        unknowns: number of unknowns solved for.
        notes: facts the reader should know, such as conditions enforced only by weight.
        history: named sequences over the iterations, such as the loss.
        versions: packages and platform.
    """

    method: str = ""
    seed: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float = 0.0
    evaluations: dict[str, int] = field(default_factory=dict)
    unknowns: int = 0
    notes: list[str] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=versions)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that JSON can hold."""
        return asdict(self)
