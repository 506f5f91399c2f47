"""Nonlinear systems with sparse Jacobians: damped Newton and continuation in a load."""

from residuum.discretise.nonlinear._continuation import Posed, continued
from residuum.discretise.nonlinear._newton import newton
from residuum.discretise.nonlinear._nonlinear import Jacobian, Nonlinear, Residual, Watch

__all__ = ["Jacobian", "Nonlinear", "Posed", "Residual", "Watch", "continued", "newton"]
