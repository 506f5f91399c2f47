"""How parameters change: least squares, Gauss–Newton, first-order rules."""

from residuum.learning._first_order import LBFGS, Adam
from residuum.learning._gauss_newton import GaussNewton, Model
from residuum.learning._head import HeadGaussNewton
from residuum.learning._least_squares import LinearFit, least_squares, misfit, solve_dense, system
from residuum.learning._normal_equations import HeadNormalEquations
from residuum.learning._rule import Draw, Flat, LearningRule, Outcome, Trainable, flatten, residuals
from residuum.learning._variable_projection import VariableProjection

__all__ = [
    "LBFGS",
    "Adam",
    "Draw",
    "Flat",
    "GaussNewton",
    "HeadGaussNewton",
    "HeadNormalEquations",
    "LearningRule",
    "LinearFit",
    "Model",
    "Outcome",
    "Trainable",
    "VariableProjection",
    "flatten",
    "least_squares",
    "misfit",
    "residuals",
    "solve_dense",
    "system",
]
