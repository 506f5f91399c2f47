"""Typed blocks with their jets."""

from residuum.blocks._abstract import Block, Signature
from residuum.blocks._activation import Rectifier, Sine, Swish, Tanh
from residuum.blocks._bumps import ChebyshevProducts, GaussianBumps, TiltedBumps
from residuum.blocks._chain import Chain, Gated
from residuum.blocks._convolution import Convolution, convolution
from residuum.blocks._correlation import Edge, Slope, correlate
from residuum.blocks._dense import Dense, Factorised, Standardise, dense, factorised
from residuum.blocks._embedding import FourierFeatures, Periodic
from residuum.blocks._kernel_products import KernelAxis, KernelProducts, SpectralMixture
from residuum.blocks._levels import (
    Doubling,
    Halving,
    coarser,
    doubling,
    halving,
    resized,
)
from residuum.blocks._patches import Patches
from residuum.blocks._product import Product
from residuum.blocks._residual_gates import ResidualGates
from residuum.blocks._separable import SeparableConvolution, grid_convolution, separable

__all__ = [
    "Block",
    "Chain",
    "ChebyshevProducts",
    "Convolution",
    "Dense",
    "Doubling",
    "Edge",
    "Factorised",
    "FourierFeatures",
    "Gated",
    "GaussianBumps",
    "Halving",
    "KernelAxis",
    "KernelProducts",
    "Patches",
    "Periodic",
    "Product",
    "Rectifier",
    "ResidualGates",
    "SeparableConvolution",
    "Signature",
    "Sine",
    "Slope",
    "SpectralMixture",
    "Standardise",
    "Swish",
    "Tanh",
    "TiltedBumps",
    "coarser",
    "convolution",
    "correlate",
    "dense",
    "doubling",
    "factorised",
    "grid_convolution",
    "halving",
    "resized",
    "separable",
]
