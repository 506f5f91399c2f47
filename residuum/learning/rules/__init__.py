"""Rules that find the slope of every stage of a model, one file each."""

from residuum.learning.rules._backpropagation import Backpropagation
from residuum.learning.rules._equilibrium_propagation import EquilibriumPropagation
from residuum.learning.rules._local_contrast import LocalContrast
from residuum.learning.rules._no_prop import NoProp
from residuum.learning.rules._synthetic_gradients import SyntheticGradients

__all__ = [
    "Backpropagation",
    "EquilibriumPropagation",
    "LocalContrast",
    "NoProp",
    "SyntheticGradients",
]
