"""Learned operators and approximate inverses."""

from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._deep_conjugate import DeepConjugate, LearnedDirections
from residuum.operators._direction_network import DirectionNetwork
from residuum.operators._floor import FixedGrid, Floor
from residuum.operators._floors import FLOORS, FloorRow, floors, relative_error, relative_errors
from residuum.operators._kernel_regression import KernelMap, KernelRegression
from residuum.operators._nearest import NearestAnswer, NearestNeighbour
from residuum.operators._pod_linear import ComponentMap, PODLinear
from residuum.operators._ridge import LinearMap, Ridge
from residuum.operators._standardised import Standardised, apply, takes_any_grid

__all__ = [
    "FLOORS",
    "ComponentMap",
    "DeepConjugate",
    "DirectionNetwork",
    "FixedGrid",
    "Floor",
    "FloorRow",
    "GridFrame",
    "KernelMap",
    "KernelRegression",
    "LearnedDirections",
    "LinearMap",
    "NearestAnswer",
    "NearestNeighbour",
    "Operator",
    "OperatorArchitecture",
    "PODLinear",
    "Ridge",
    "Standardised",
    "apply",
    "floors",
    "relative_error",
    "relative_errors",
    "takes_any_grid",
]
