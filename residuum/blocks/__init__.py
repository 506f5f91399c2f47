"""Typed blocks with their jets."""

from residuum.blocks._abstract import Block, Signature
from residuum.blocks._activation import Rectifier, Sine, Swish, Tanh
from residuum.blocks._bumps import ChebyshevProducts, GaussianBumps, TiltedBumps
from residuum.blocks._chain import Chain, Gated
from residuum.blocks._convolution import Convolution, Edge, convolution
from residuum.blocks._dense import Dense, Standardise, dense
from residuum.blocks._embedding import FourierFeatures, Periodic
from residuum.blocks._patches import Patches
from residuum.blocks._product import Product

__all__ = [
    "Block",
    "Chain",
    "ChebyshevProducts",
    "Convolution",
    "Dense",
    "Edge",
    "FourierFeatures",
    "Gated",
    "GaussianBumps",
    "Patches",
    "Periodic",
    "Product",
    "Rectifier",
    "Signature",
    "Sine",
    "Standardise",
    "Swish",
    "Tanh",
    "TiltedBumps",
    "convolution",
    "dense",
]
