"""Typed blocks with their jets."""

from residuum.blocks import associative, memory
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._activation import Gelu, Rectifier, Sine, Swish, Tanh
from residuum.blocks._bumps import ChebyshevProducts, GaussianBumps, TiltedBumps
from residuum.blocks._chain import Chain, Gated
from residuum.blocks._convolution import Convolution, convolution
from residuum.blocks._correlation import Edge, Slope, correlate
from residuum.blocks._dense import Dense, Factorised, Standardise, dense, factorised
from residuum.blocks._embedding import FourierFeatures, Periodic
from residuum.blocks._grid_transform import GridTransform, grid_transform
from residuum.blocks._jets import Jets
from residuum.blocks._kernel_products import KernelAxis, KernelProducts, SpectralMixture
from residuum.blocks._levels import Doubling, Halving, coarser, doubling, halving, resized
from residuum.blocks._patches import Patches
from residuum.blocks._pointwise import Gate, Pointwise, pointwise
from residuum.blocks._product import Product
from residuum.blocks._residual import residual, residual_network
from residuum.blocks._residual_gates import ResidualGates
from residuum.blocks._separable import SeparableConvolution, grid_convolution, separable
from residuum.blocks._spectral_convolution import (
    SpectralConvolution,
    spectral,
    spectral_convolution,
    weight_shape,
)
from residuum.blocks._spectral_weights import (
    Canonical,
    Full,
    SpectralWeights,
    TensorTrain,
    Tucker,
    WeightForm,
    WeightShape,
)
from residuum.blocks._stage import (
    AFFINE,
    DIFFERENTIABLE,
    PLAIN,
    Capability,
    Checkpointed,
    Composed,
    Rescale,
    Stage,
    Step,
    checkpointed,
    run,
)

__all__ = [
    "AFFINE",
    "DIFFERENTIABLE",
    "PLAIN",
    "Block",
    "Canonical",
    "Capability",
    "Chain",
    "ChebyshevProducts",
    "Checkpointed",
    "Composed",
    "Convolution",
    "Dense",
    "Doubling",
    "Edge",
    "Factorised",
    "FourierFeatures",
    "Full",
    "Gate",
    "Gated",
    "GaussianBumps",
    "Gelu",
    "GridTransform",
    "Halving",
    "Jets",
    "KernelAxis",
    "KernelProducts",
    "Patches",
    "Periodic",
    "Pointwise",
    "Product",
    "Rectifier",
    "Rescale",
    "ResidualGates",
    "SeparableConvolution",
    "Signature",
    "Sine",
    "Slope",
    "SpectralConvolution",
    "SpectralMixture",
    "SpectralWeights",
    "Stage",
    "Standardise",
    "Step",
    "Swish",
    "Tanh",
    "TensorTrain",
    "TiltedBumps",
    "Tucker",
    "WeightForm",
    "WeightShape",
    "associative",
    "checkpointed",
    "coarser",
    "convolution",
    "correlate",
    "dense",
    "doubling",
    "factorised",
    "grid_convolution",
    "grid_transform",
    "halving",
    "memory",
    "pointwise",
    "residual",
    "residual_network",
    "resized",
    "run",
    "separable",
    "spectral",
    "spectral_convolution",
    "weight_shape",
]
