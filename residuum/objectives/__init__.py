"""What is minimised: residual rows of equations, conditions and observations."""

from residuum.objectives._adaptive_points import ResidualAdaptive
from residuum.objectives._balance import Balance, weighed, weights_of
from residuum.objectives._causal_weights import CausalWeights
from residuum.objectives._collocation import Collocation
from residuum.objectives._coupled import Coupled
from residuum.objectives._experts import ExpertRows, expert_rows, implicit_least_squares
from residuum.objectives._galerkin import Galerkin
from residuum.objectives._growing_time import GrowingTime
from residuum.objectives._inferred import Inferred, inferred
from residuum.objectives._interfaces import Interface, InterfaceRows, Interfaces
from residuum.objectives._objective import Objective, StrongResidual
from residuum.objectives._points import Points, measured_pool
from residuum.objectives._rows import Rows
from residuum.objectives._streams import Streams, chunked_loss
from residuum.objectives._tested_rows import TestedRows

__all__ = [
    "Balance",
    "CausalWeights",
    "Collocation",
    "Coupled",
    "ExpertRows",
    "Galerkin",
    "GrowingTime",
    "Inferred",
    "Interface",
    "InterfaceRows",
    "Interfaces",
    "Objective",
    "Points",
    "ResidualAdaptive",
    "Rows",
    "Streams",
    "StrongResidual",
    "TestedRows",
    "chunked_loss",
    "expert_rows",
    "implicit_least_squares",
    "inferred",
    "measured_pool",
    "weighed",
    "weights_of",
]
