"""Time stepping: exponential Runge–Kutta for diagonal stiffness, Radau for everything else."""

from residuum.discretise.time._etdrk4 import (
    OUTPUTS,
    Coefficients,
    Exponential,
    History,
    coefficients,
)
from residuum.discretise.time._radau import STAGES, System, Trajectory, integrate, tableau

__all__ = [
    "OUTPUTS",
    "STAGES",
    "Coefficients",
    "Exponential",
    "History",
    "System",
    "Trajectory",
    "coefficients",
    "integrate",
    "tableau",
]
