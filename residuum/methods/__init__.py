"""Named methods, assembled from the parts above."""

from residuum.methods._chebyshev import Chebyshev
from residuum.methods._choose import METHODS, choose, fitting
from residuum.methods._fourier import Fourier
from residuum.methods._pinn import PINN
from residuum.methods._random_features import RandomFeatures

__all__ = ["METHODS", "PINN", "Chebyshev", "Fourier", "RandomFeatures", "choose", "fitting"]
