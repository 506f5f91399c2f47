"""Guaranteed error bounds by equilibrated fluxes, and the constants they need."""

from residuum.certify.bounds._constants import (
    Constant,
    friedrichs,
    held_parts,
    korn,
    poincare,
    trace_constant,
)

__all__ = [
    "Constant",
    "friedrichs",
    "held_parts",
    "korn",
    "poincare",
    "trace_constant",
]
