"""Fields: coordinates to values."""

from residuum.fields._architecture import Architecture, Frame, frame_of
from residuum.fields._begun import AtTime, Ramp
from residuum.fields._branches import Branches, BranchField
from residuum.fields._constrained import Constrained, constrain
from residuum.fields._feature_field import FeatureField
from residuum.fields._feature_steps import FeatureSteps
from residuum.fields._finite_basis import FiniteBasis
from residuum.fields._gaussians import Gaussians
from residuum.fields._graded_gaussians import GradedGaussians
from residuum.fields._grid_spline import GridSpline, interpolate_grid
from residuum.fields._kronecker_field import KroneckerField
from residuum.fields._mean import MeanField
from residuum.fields._mlp import MLP, ModifiedMLP
from residuum.fields._own_coordinates import OwnCoordinates
from residuum.fields._physics_informed_gaussians import PhysicsInformedGaussians
from residuum.fields._pirate_net import PirateNet
from residuum.fields._posterior import PosteriorField
from residuum.fields._random_tanh import RandomTanh
from residuum.fields._reversible_mlp import ReversibleMLP
from residuum.fields._slabs import SlabField
from residuum.fields._steps import NetworkStep, NetworkSteps, stacked
from residuum.fields._sum import SumField
from residuum.fields._tensor_chebyshev import TensorChebyshev
from residuum.fields._time_products import TimeProducts
from residuum.fields._transported import Transported
from residuum.fields._widened import widened

__all__ = [
    "MLP",
    "Architecture",
    "AtTime",
    "BranchField",
    "Branches",
    "Constrained",
    "FeatureField",
    "FeatureSteps",
    "FiniteBasis",
    "Frame",
    "Gaussians",
    "GradedGaussians",
    "GridSpline",
    "KroneckerField",
    "MeanField",
    "ModifiedMLP",
    "NetworkStep",
    "NetworkSteps",
    "OwnCoordinates",
    "PhysicsInformedGaussians",
    "PirateNet",
    "PosteriorField",
    "Ramp",
    "RandomTanh",
    "ReversibleMLP",
    "SlabField",
    "SumField",
    "TensorChebyshev",
    "TimeProducts",
    "Transported",
    "constrain",
    "frame_of",
    "interpolate_grid",
    "stacked",
    "widened",
]
