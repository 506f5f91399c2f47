"""What is minimised: residual rows of equations, conditions and observations."""

from residuum.objectives._adaptive_points import ResidualAdaptive
from residuum.objectives._balance import Balance, gradient_norms, kernel_traces, weighed, weights_of
from residuum.objectives._causal_weights import CausalWeights
from residuum.objectives._collocation import Collocation
from residuum.objectives._compact_weak import CompactWeak
from residuum.objectives._coupled import Coupled
from residuum.objectives._element_norm import ElementNorm, element_norm
from residuum.objectives._element_residual import ElementResidual, element_residual
from residuum.objectives._equation_residual import EquationResidual
from residuum.objectives._experts import ExpertRows, expert_rows, implicit_least_squares
from residuum.objectives._galerkin import Galerkin
from residuum.objectives._gradient_enhanced import GradientEnhanced
from residuum.objectives._gradient_norm import GradientNorm
from residuum.objectives._grid_objective import GridObjective, Mixed, PerSample
from residuum.objectives._grid_statement import GridStatement
from residuum.objectives._growing_time import GrowingTime
from residuum.objectives._inferred import Inferred, inferred
from residuum.objectives._interfaces import Interface, InterfaceRows, Interfaces
from residuum.objectives._kernel_trace import KernelTrace
from residuum.objectives._objective import Objective, StrongResidual
from residuum.objectives._points import Points, measured_pool
from residuum.objectives._relative_h1 import RelativeH1
from residuum.objectives._relative_l2 import RelativeL2
from residuum.objectives._relative_loss import RelativeLoss
from residuum.objectives._retained_points import RetainedPoints
from residuum.objectives._ritz import EnergyRows, Ritz
from residuum.objectives._rows import Rows
from residuum.objectives._streams import Streams, chunked_loss
from residuum.objectives._tested_rows import TestedRows
from residuum.objectives._worst_points import WorstPoints

__all__ = [
    "Balance",
    "CausalWeights",
    "Collocation",
    "CompactWeak",
    "Coupled",
    "ElementNorm",
    "ElementResidual",
    "EnergyRows",
    "EquationResidual",
    "ExpertRows",
    "Galerkin",
    "GradientEnhanced",
    "GradientNorm",
    "GridObjective",
    "GridStatement",
    "GrowingTime",
    "Inferred",
    "Interface",
    "InterfaceRows",
    "Interfaces",
    "KernelTrace",
    "Mixed",
    "Objective",
    "PerSample",
    "Points",
    "RelativeH1",
    "RelativeL2",
    "RelativeLoss",
    "ResidualAdaptive",
    "RetainedPoints",
    "Ritz",
    "Rows",
    "Streams",
    "StrongResidual",
    "TestedRows",
    "WorstPoints",
    "chunked_loss",
    "element_norm",
    "element_residual",
    "expert_rows",
    "gradient_norms",
    "implicit_least_squares",
    "inferred",
    "kernel_traces",
    "measured_pool",
    "weighed",
    "weights_of",
]
