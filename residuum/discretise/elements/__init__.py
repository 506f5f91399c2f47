"""Finite elements: the weak form on a mesh, steady and evolving."""

from residuum.discretise.elements._adjoint import Differentiable
from residuum.discretise.elements._coefficient_values import (
    CellValues,
    CoefficientValues,
    GridValues,
    NodeValues,
)
from residuum.discretise.elements._defect import Defect, Defects, Sizes, sizes
from residuum.discretise.elements._differentiable import differentiable
from residuum.discretise.elements._dual import Dual, Duals
from residuum.discretise.elements._evolving import (
    UNCOUNTED,
    Marched,
    Moving,
    even_states,
    initial_state,
    march,
)
from residuum.discretise.elements._field import ElementField, evolving_field, steady_field
from residuum.discretise.elements._functional import Functional
from residuum.discretise.elements._gap import element_gap
from residuum.discretise.elements._indicator import grown, indicator
from residuum.discretise.elements._level import Level, Levels
from residuum.discretise.elements._moving_field import MovingField
from residuum.discretise.elements._moving_line import MovingLine
from residuum.discretise.elements._moving_march import MovingMarch, march_moving
from residuum.discretise.elements._projected import Projected, Projection
from residuum.discretise.elements._projected_steady import solve_projected, stable_pressures
from residuum.discretise.elements._quantity import Quantity, quantity_of
from residuum.discretise.elements._random_field import MeshFunction, MeshGaussianField
from residuum.discretise.elements._reading import Reading, reading
from residuum.discretise.elements._reference import ELEMENTS
from residuum.discretise.elements._space import Space
from residuum.discretise.elements._steady import Steady, solve_steady
from residuum.discretise.elements._steps import Steps
from residuum.discretise.elements._suits import refuse_elements
from residuum.discretise.elements._system import System

__all__ = [
    "ELEMENTS",
    "UNCOUNTED",
    "CellValues",
    "CoefficientValues",
    "Defect",
    "Defects",
    "Differentiable",
    "Dual",
    "Duals",
    "ElementField",
    "Functional",
    "GridValues",
    "Level",
    "Levels",
    "Marched",
    "MeshFunction",
    "MeshGaussianField",
    "Moving",
    "MovingField",
    "MovingLine",
    "MovingMarch",
    "NodeValues",
    "Projected",
    "Projection",
    "Quantity",
    "Reading",
    "Sizes",
    "Space",
    "Steady",
    "Steps",
    "System",
    "differentiable",
    "element_gap",
    "even_states",
    "evolving_field",
    "grown",
    "indicator",
    "initial_state",
    "march",
    "march_moving",
    "quantity_of",
    "reading",
    "refuse_elements",
    "sizes",
    "solve_projected",
    "solve_steady",
    "stable_pressures",
    "steady_field",
]
