"""Guaranteed error bounds by equilibrated fluxes, and the constants they need."""

from residuum.certify.bounds._constants import (
    Constant,
    friedrichs,
    held_parts,
    korn,
    poincare,
    trace_constant,
)
from residuum.certify.bounds._equilibrated import EquilibratedBound

__all__ = [
    "Constant",
    "EquilibratedBound",
    "friedrichs",
    "held_parts",
    "korn",
    "poincare",
    "trace_constant",
]
