"""Rules that find the slope of every stage of a model, one file each."""

from residuum.learning.rules._backpropagation import Backpropagation
from residuum.learning.rules._block_local import BlockLocal
from residuum.learning.rules._dual_propagation import DualPropagation
from residuum.learning.rules._equilibrium_propagation import EquilibriumPropagation
from residuum.learning.rules._feedback_alignment import FeedbackAlignment
from residuum.learning.rules._forward_differences import ForwardDifferences
from residuum.learning.rules._local_contrast import LocalContrast
from residuum.learning.rules._no_prop import NoProp
from residuum.learning.rules._projectors import (
    DenseProjector,
    HardwareProjector,
    Projector,
    StructuredProjector,
)
from residuum.learning.rules._readout_only import ReadoutOnly
from residuum.learning.rules._synthetic_gradients import SyntheticGradients

__all__ = [
    "Backpropagation",
    "BlockLocal",
    "DenseProjector",
    "DualPropagation",
    "EquilibriumPropagation",
    "FeedbackAlignment",
    "ForwardDifferences",
    "HardwareProjector",
    "LocalContrast",
    "NoProp",
    "Projector",
    "ReadoutOnly",
    "StructuredProjector",
    "SyntheticGradients",
]
