"""Learned operators and approximate inverses."""

from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._carried import CarriedOperator, carried
from residuum.operators._data_free_mover import DataFreeMover, TrainedMover
from residuum.operators._deep_conjugate import DeepConjugate, LearnedDirections
from residuum.operators._direction_network import DirectionNetwork
from residuum.operators._element_frame import ElementFrame
from residuum.operators._mesh_mover import (
    CosinePotential,
    MeshMover,
    slope_monitor_of,
    unevenness,
)
from residuum.operators._sparse_map import SparseMap, sparse_map
from residuum.operators._structure_preserving import (
    StructurePreserving,
    StructurePreservingOperator,
)

__all__ = [
    "CarriedOperator",
    "CosinePotential",
    "DataFreeMover",
    "DeepConjugate",
    "DirectionNetwork",
    "ElementFrame",
    "GridFrame",
    "LearnedDirections",
    "MeshMover",
    "Operator",
    "OperatorArchitecture",
    "SparseMap",
    "StructurePreserving",
    "StructurePreservingOperator",
    "TrainedMover",
    "carried",
    "slope_monitor_of",
    "sparse_map",
    "unevenness",
]
