"""Reversible stacks: couplings that are undone on the way back, so that depth costs no memory."""

from residuum.blocks.reversible._bottleneck import (
    InvertedBottleneck,
    depthwise,
    inverted_bottleneck,
    standardised,
)
from residuum.blocks.reversible._continuous_flow import ContinuousFlow
from residuum.blocks.reversible._coupling import Coupling, Exponential, Factor
from residuum.blocks.reversible._features import ReversibleFeatures, reversible_features
from residuum.blocks.reversible._fusion import Fusion, GridBranch, Mixture, Pooled, fusion
from residuum.blocks.reversible._group import Group
from residuum.blocks.reversible._i_revnet import IRevNet
from residuum.blocks.reversible._invertible import Composed, Invertible
from residuum.blocks.reversible._kernel_flow import Flow, KernelExpansion, KernelFlow
from residuum.blocks.reversible._leapfrog import (
    Drift,
    Kick,
    Probes,
    WaveForce,
    driven,
    leapfrog,
    wave_march,
)
from residuum.blocks.reversible._multi_split import MultiSplit
from residuum.blocks.reversible._permutation import (
    Halves,
    Inverted,
    Permutation,
    Rotation,
    SpaceToDepth,
    Widening,
)
from residuum.blocks.reversible._pyramid import ReversibleColumns, ReversiblePyramid
from residuum.blocks.reversible._stack import (
    Memory,
    Outcome,
    ReversibleStack,
    reversible_march,
    reversible_stack,
)
from residuum.blocks.reversible._triangular_convolution import (
    FourCorners,
    InverseConvolution,
    TriangularConvolution,
    four_corners,
    triangular_convolution,
)
from residuum.blocks.reversible._wrap import Adapter, Kept, Wrapped, reversible_wrap

__all__ = [
    "Adapter",
    "Composed",
    "ContinuousFlow",
    "Coupling",
    "Drift",
    "Exponential",
    "Factor",
    "Flow",
    "FourCorners",
    "Fusion",
    "GridBranch",
    "Group",
    "Halves",
    "IRevNet",
    "InverseConvolution",
    "Inverted",
    "InvertedBottleneck",
    "Invertible",
    "Kept",
    "KernelExpansion",
    "KernelFlow",
    "Kick",
    "Memory",
    "Mixture",
    "MultiSplit",
    "Outcome",
    "Permutation",
    "Pooled",
    "Probes",
    "ReversibleColumns",
    "ReversibleFeatures",
    "ReversiblePyramid",
    "ReversibleStack",
    "Rotation",
    "SpaceToDepth",
    "TriangularConvolution",
    "WaveForce",
    "Widening",
    "Wrapped",
    "depthwise",
    "driven",
    "four_corners",
    "fusion",
    "inverted_bottleneck",
    "leapfrog",
    "reversible_features",
    "reversible_march",
    "reversible_stack",
    "reversible_wrap",
    "standardised",
    "triangular_convolution",
    "wave_march",
]
