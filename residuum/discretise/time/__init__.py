"""Time stepping: exponential and additive Runge–Kutta, Radau for dense systems, ESDIRK and BDF for
sparse ones."""

from residuum.discretise.time._additive import Additive
from residuum.discretise.time._bdf import BDF
from residuum.discretise.time._chunks import OUTPUTS, Chunks, History
from residuum.discretise.time._collocation import RadauIIA
from residuum.discretise.time._consistent import consistent
from residuum.discretise.time._corrector import Stage
from residuum.discretise.time._esdirk import ESDIRK4, TRBDF2
from residuum.discretise.time._etdrk4 import ETDRK4, Coefficients, coefficients
from residuum.discretise.time._history import Evolution
from residuum.discretise.time._imex import IMEX
from residuum.discretise.time._implicit import evolve
from residuum.discretise.time._march import ImplicitScheme
from residuum.discretise.time._radau import STAGES, System, Trajectory, integrate, tableau
from residuum.discretise.time._semidiscrete import Scale, Semidiscrete

__all__ = [
    "BDF",
    "ESDIRK4",
    "ETDRK4",
    "IMEX",
    "OUTPUTS",
    "STAGES",
    "TRBDF2",
    "Additive",
    "Chunks",
    "Coefficients",
    "Evolution",
    "History",
    "ImplicitScheme",
    "RadauIIA",
    "Scale",
    "Semidiscrete",
    "Stage",
    "System",
    "Trajectory",
    "coefficients",
    "consistent",
    "evolve",
    "integrate",
    "tableau",
]
