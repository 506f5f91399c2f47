"""Fields: coordinates to values."""

from residuum.fields._architecture import Architecture, Frame, frame_of
from residuum.fields._constrained import Constrained, constrain
from residuum.fields._feature_field import FeatureField
from residuum.fields._finite_basis import FiniteBasis
from residuum.fields._gaussians import Gaussians
from residuum.fields._mlp import MLP, ModifiedMLP
from residuum.fields._own_coordinates import OwnCoordinates
from residuum.fields._physics_informed_gaussians import PhysicsInformedGaussians
from residuum.fields._random_tanh import RandomTanh
from residuum.fields._sum import SumField
from residuum.fields._tensor_chebyshev import TensorChebyshev

__all__ = [
    "MLP",
    "Architecture",
    "Constrained",
    "FeatureField",
    "FiniteBasis",
    "Frame",
    "Gaussians",
    "ModifiedMLP",
    "OwnCoordinates",
    "PhysicsInformedGaussians",
    "RandomTanh",
    "SumField",
    "TensorChebyshev",
    "constrain",
    "frame_of",
]
