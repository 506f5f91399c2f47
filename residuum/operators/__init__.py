"""Learned operators and approximate inverses."""

from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._deep_conjugate import DeepConjugate, LearnedDirections
from residuum.operators._direction_network import DirectionNetwork

__all__ = [
    "DeepConjugate",
    "DirectionNetwork",
    "GridFrame",
    "LearnedDirections",
    "Operator",
    "OperatorArchitecture",
]
