"""Typed blocks with their jets."""

from residuum.blocks._abstract import Block, Signature
from residuum.blocks._activation import Rectifier, Sine, Swish, Tanh
from residuum.blocks._bumps import ChebyshevProducts, GaussianBumps, TiltedBumps
from residuum.blocks._chain import Chain, Gated
from residuum.blocks._convolution import Convolution, Edge, convolution
from residuum.blocks._dense import Dense, Factorised, Standardise, dense, factorised
from residuum.blocks._embedding import FourierFeatures, Periodic
from residuum.blocks._kernel_products import KernelAxis, KernelProducts, SpectralMixture
from residuum.blocks._patches import Patches
from residuum.blocks._product import Product
from residuum.blocks._residual_gates import ResidualGates

__all__ = [
    "Block",
    "Chain",
    "ChebyshevProducts",
    "Convolution",
    "Dense",
    "Edge",
    "Factorised",
    "FourierFeatures",
    "Gated",
    "GaussianBumps",
    "KernelAxis",
    "KernelProducts",
    "Patches",
    "Periodic",
    "Product",
    "Rectifier",
    "ResidualGates",
    "Signature",
    "Sine",
    "SpectralMixture",
    "Standardise",
    "Swish",
    "Tanh",
    "TiltedBumps",
    "convolution",
    "dense",
    "factorised",
]
