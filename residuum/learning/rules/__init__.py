"""Rules that find the slope of every stage of a model, one file each."""

from residuum.learning.rules._backpropagation import Backpropagation
from residuum.learning.rules._block_local import BlockLocal
from residuum.learning.rules._dual_propagation import DualPropagation
from residuum.learning.rules._feedback_alignment import FeedbackAlignment
from residuum.learning.rules._projectors import (
    DenseProjector,
    HardwareProjector,
    Projector,
    StructuredProjector,
)
from residuum.learning.rules._readout_only import ReadoutOnly

__all__ = [
    "Backpropagation",
    "BlockLocal",
    "DenseProjector",
    "DualPropagation",
    "FeedbackAlignment",
    "HardwareProjector",
    "Projector",
    "ReadoutOnly",
    "StructuredProjector",
]
