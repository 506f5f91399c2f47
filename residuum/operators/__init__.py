"""Learned operators and approximate inverses."""

from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._around import OperatorAround, RecipeAround
from residuum.operators._carried import CarriedOperator, carried
from residuum.operators._causal import Causal, CausalOperator
from residuum.operators._conserving import Conserving, ConservingOperator
from residuum.operators._convolution_network import ConvolutionNetwork
from residuum.operators._corrected import Corrected, CorrectedOperator
from residuum.operators._data_free_mover import DataFreeMover, TrainedMover
from residuum.operators._deep_conjugate import DeepConjugate, LearnedDirections
from residuum.operators._deep_onet import BranchTrunk, DeepONet, MultiONet
from residuum.operators._direction_network import DirectionNetwork
from residuum.operators._element_frame import ElementFrame
from residuum.operators._floor import FixedGrid, Floor
from residuum.operators._floors import FLOORS, FloorRow, floors, relative_error, relative_errors
from residuum.operators._fourier import FNO, FourierExtras, FourierOperator
from residuum.operators._kernel_regression import KernelMap, KernelRegression
from residuum.operators._lsm import LSM
from residuum.operators._mesh_mover import CosinePotential, MeshMover, slope_monitor_of, unevenness
from residuum.operators._mgno import LearnedCycle, MgNO
from residuum.operators._micro_batches import (
    MicroBatches,
    answers,
    samples_at_once,
    value_and_gradient,
)
from residuum.operators._nearest import NearestAnswer, NearestNeighbour
from residuum.operators._neural_stagger import NeuralStagger
from residuum.operators._patched import MultiGridDomainDecomposition, PatchedOperator
from residuum.operators._pod_linear import ComponentMap, PODLinear
from residuum.operators._resampled import OnTrainedGrid, resampled
from residuum.operators._resolution import ResolutionReport, resolution_report
from residuum.operators._reversible import Reversible, ReversibleOperator
from residuum.operators._reversible_unet import ReversibleUNet, ReversibleUNetOperator
from residuum.operators._ridge import LinearMap, Ridge
from residuum.operators._rollout import RolledOut, Rollout
from residuum.operators._sinenet import SineNet
from residuum.operators._sparse_map import SparseMap, sparse_map
from residuum.operators._spatiotemporal import SpaceTimeOperator, SpatiotemporalFNO, divergence_free
from residuum.operators._standardised import Standardised, apply, is_looped, takes_any_grid
from residuum.operators._structure_preserving import (
    StructurePreserving,
    StructurePreservingOperator,
)
from residuum.operators._symmetric import Symmetric, SymmetricOperator
from residuum.operators._symmetry import Turns
from residuum.operators._unet import UNet
from residuum.operators._with_coordinates import PlacedOperator, WithCoordinates

__all__ = [
    "FLOORS",
    "FNO",
    "LSM",
    "BranchTrunk",
    "CarriedOperator",
    "Causal",
    "CausalOperator",
    "ComponentMap",
    "Conserving",
    "ConservingOperator",
    "ConvolutionNetwork",
    "Corrected",
    "CorrectedOperator",
    "CosinePotential",
    "DataFreeMover",
    "DeepConjugate",
    "DeepONet",
    "DirectionNetwork",
    "ElementFrame",
    "FixedGrid",
    "Floor",
    "FloorRow",
    "FourierExtras",
    "FourierOperator",
    "GridFrame",
    "KernelMap",
    "KernelRegression",
    "LearnedCycle",
    "LearnedDirections",
    "LinearMap",
    "MeshMover",
    "MgNO",
    "MicroBatches",
    "MultiGridDomainDecomposition",
    "MultiONet",
    "NearestAnswer",
    "NearestNeighbour",
    "NeuralStagger",
    "OnTrainedGrid",
    "Operator",
    "OperatorArchitecture",
    "OperatorAround",
    "PODLinear",
    "PatchedOperator",
    "PlacedOperator",
    "RecipeAround",
    "ResolutionReport",
    "Reversible",
    "ReversibleOperator",
    "ReversibleUNet",
    "ReversibleUNetOperator",
    "Ridge",
    "RolledOut",
    "Rollout",
    "SineNet",
    "SpaceTimeOperator",
    "SparseMap",
    "SpatiotemporalFNO",
    "Standardised",
    "StructurePreserving",
    "StructurePreservingOperator",
    "Symmetric",
    "SymmetricOperator",
    "TrainedMover",
    "Turns",
    "UNet",
    "WithCoordinates",
    "answers",
    "apply",
    "carried",
    "divergence_free",
    "floors",
    "is_looped",
    "relative_error",
    "relative_errors",
    "resampled",
    "resolution_report",
    "samples_at_once",
    "slope_monitor_of",
    "sparse_map",
    "takes_any_grid",
    "unevenness",
    "value_and_gradient",
]
