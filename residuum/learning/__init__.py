"""How parameters change: least squares, Gauss–Newton, first-order rules."""

from residuum.learning._least_squares import LinearFit, least_squares, misfit, solve_dense, system

__all__ = ["LinearFit", "least_squares", "misfit", "solve_dense", "system"]
