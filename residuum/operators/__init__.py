"""Learned operators and approximate inverses."""

from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._deep_conjugate import DeepConjugate, LearnedDirections
from residuum.operators._deep_onet import BranchTrunk, DeepONet, MultiONet
from residuum.operators._direction_network import DirectionNetwork
from residuum.operators._fourier import FNO, FourierExtras, FourierOperator
from residuum.operators._micro_batches import MicroBatches, answers, value_and_gradient
from residuum.operators._patched import MultiGridDomainDecomposition, PatchedOperator
from residuum.operators._resolution import ResolutionReport, resolution_report
from residuum.operators._rollout import RolledOut, Rollout
from residuum.operators._spatiotemporal import (
    SpaceTimeOperator,
    SpatiotemporalFNO,
    divergence_free,
)

__all__ = [
    "FNO",
    "BranchTrunk",
    "DeepConjugate",
    "DeepONet",
    "DirectionNetwork",
    "FourierExtras",
    "FourierOperator",
    "GridFrame",
    "LearnedDirections",
    "MicroBatches",
    "MultiGridDomainDecomposition",
    "MultiONet",
    "Operator",
    "OperatorArchitecture",
    "PatchedOperator",
    "ResolutionReport",
    "RolledOut",
    "Rollout",
    "SpaceTimeOperator",
    "SpatiotemporalFNO",
    "answers",
    "divergence_free",
    "resolution_report",
    "value_and_gradient",
]
