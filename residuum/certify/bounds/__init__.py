"""Guaranteed bounds of the error."""

from residuum.certify.bounds._coercive import NotCovered
from residuum.certify.bounds._constants import Constant, friedrichs
from residuum.certify.bounds._energy import Bound, energy_bound
from residuum.certify.bounds._flux_bound import FluxBound

__all__ = ["Bound", "Constant", "FluxBound", "NotCovered", "energy_bound", "friedrichs"]
