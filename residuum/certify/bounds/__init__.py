"""Guaranteed error bounds, and the constants they need."""

from residuum.certify.bounds._coercive import NotCovered
from residuum.certify.bounds._constants import (
    Constant,
    friedrichs,
    held_parts,
    korn,
    poincare,
    trace_constant,
)
from residuum.certify.bounds._elements_bound import ElementsBound
from residuum.certify.bounds._energy import Bound, energy_bound
from residuum.certify.bounds._equilibrated import EquilibratedBound
from residuum.certify.bounds._flux_bound import FluxBound

__all__ = [
    "Bound",
    "Constant",
    "ElementsBound",
    "EquilibratedBound",
    "FluxBound",
    "NotCovered",
    "energy_bound",
    "friedrichs",
    "held_parts",
    "korn",
    "poincare",
    "trace_constant",
]
