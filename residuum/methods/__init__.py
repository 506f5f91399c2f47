"""Named methods, assembled from the parts above."""

from residuum.discretise.ode import Event
from residuum.methods._chebyshev import Chebyshev
from residuum.methods._choose import METHODS, NAMED, choose, fitting
from residuum.methods._coarse_solve import CoarseSolve
from residuum.methods._curriculum import Curriculum
from residuum.methods._ensemble import Ensemble
from residuum.methods._feature_galerkin import FeatureGalerkin
from residuum.methods._finite_element import FiniteElement
from residuum.methods._finite_volume import FiniteVolume
from residuum.methods._fourier import Fourier
from residuum.methods._gaussian_process import GaussianProcess
from residuum.methods._hard_experts import HardExperts
from residuum.methods._implicit_representation import ImplicitRepresentation
from residuum.methods._interface_bandit import InterfaceBandit, InterfaceTrial
from residuum.methods._lagrangian import Lagrangian
from residuum.methods._moving_mesh import MovingMesh
from residuum.methods._output_least_squares import OutputLeastSquares
from residuum.methods._pig import PIG
from residuum.methods._pinn import PINN
from residuum.methods._pirate_nets import PirateNets
from residuum.methods._polynomials import Polynomials
from residuum.methods._portfolio import Portfolio
from residuum.methods._random_features import RandomFeatures
from residuum.methods._spectral import Spectral
from residuum.methods._subdomains import Subdomains
from residuum.methods._surrogate import Surrogate
from residuum.methods._surrogate_file import load_surrogate
from residuum.methods._time_integration import TimeIntegration
from residuum.methods._time_marching import TimeMarching
from residuum.methods._time_slabs import TimeSlabs

__all__ = [
    "METHODS",
    "NAMED",
    "PIG",
    "PINN",
    "Chebyshev",
    "CoarseSolve",
    "Curriculum",
    "Ensemble",
    "Event",
    "FeatureGalerkin",
    "FiniteElement",
    "FiniteVolume",
    "Fourier",
    "GaussianProcess",
    "HardExperts",
    "ImplicitRepresentation",
    "InterfaceBandit",
    "InterfaceTrial",
    "Lagrangian",
    "MovingMesh",
    "OutputLeastSquares",
    "PirateNets",
    "Polynomials",
    "Portfolio",
    "RandomFeatures",
    "Spectral",
    "Subdomains",
    "Surrogate",
    "TimeIntegration",
    "TimeMarching",
    "TimeSlabs",
    "choose",
    "fitting",
    "load_surrogate",
]
