"""Classical discretisations: spectral grids, elements, time steppers, linear solvers."""

from residuum.discretise.spectral import GridField

__all__ = ["GridField"]
