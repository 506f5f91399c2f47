"""What is minimised: residual rows of equations, conditions and observations."""

from residuum.objectives._collocation import Collocation
from residuum.objectives._rows import Rows

__all__ = ["Collocation", "Rows"]
