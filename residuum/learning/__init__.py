"""How parameters change: least squares, Gauss–Newton, first-order rules."""

from residuum.learning._gauss_newton import GaussNewton
from residuum.learning._least_squares import LinearFit, least_squares, misfit, solve_dense, system
from residuum.learning._rule import Draw, LearningRule, Outcome, Trainable, flatten, residuals

__all__ = [
    "Draw",
    "GaussNewton",
    "LearningRule",
    "LinearFit",
    "Outcome",
    "Trainable",
    "flatten",
    "least_squares",
    "misfit",
    "residuals",
    "solve_dense",
    "system",
]
