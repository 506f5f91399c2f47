"""Named methods, assembled from the parts above."""

from residuum.discretise.ode import Event
from residuum.methods._chebyshev import Chebyshev
from residuum.methods._choose import ENGINES, METHODS, choose, fitting
from residuum.methods._finite_element import FiniteElement
from residuum.methods._finite_volume import FiniteVolume
from residuum.methods._fourier import Fourier
from residuum.methods._hard_experts import HardExperts
from residuum.methods._interface_bandit import InterfaceBandit, InterfaceTrial
from residuum.methods._pig import PIG
from residuum.methods._pinn import PINN
from residuum.methods._polynomials import Polynomials
from residuum.methods._random_features import RandomFeatures
from residuum.methods._spectral import Spectral
from residuum.methods._subdomains import Subdomains
from residuum.methods._time_integration import TimeIntegration

__all__ = [
    "ENGINES",
    "METHODS",
    "PIG",
    "PINN",
    "Chebyshev",
    "Event",
    "FiniteElement",
    "FiniteVolume",
    "Fourier",
    "HardExperts",
    "InterfaceBandit",
    "InterfaceTrial",
    "Polynomials",
    "RandomFeatures",
    "Spectral",
    "Subdomains",
    "TimeIntegration",
    "choose",
    "fitting",
]
