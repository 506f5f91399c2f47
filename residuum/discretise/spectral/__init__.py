"""Fourier and Chebyshev grids, the strong form on them, and the fields they give."""

from residuum.discretise.spectral._agreement import Gap, gap
from residuum.discretise.spectral._axis import Axis, AxisData, ChebyshevAxis, FourierAxis, axis_of
from residuum.discretise.spectral._field import GridField
from residuum.discretise.spectral._form import GridForm
from residuum.discretise.spectral._grid import Grid, Nodes
from residuum.discretise.spectral._layer import Layer
from residuum.discretise.spectral._lines import Lines, leading, time_orders
from residuum.discretise.spectral._made import even_field, field_of, tail
from residuum.discretise.spectral._modes import Modes, Split, split
from residuum.discretise.spectral._resolution import Advice, advise
from residuum.discretise.spectral._sides import Sides, component_of, sides_of
from residuum.discretise.spectral._steady import Steady, continued, newton
from residuum.discretise.spectral._suits import (
    refuse_conditions,
    refuse_parts,
    refuse_shape,
    refuse_time,
    space_order,
)

__all__ = [
    "Advice",
    "Axis",
    "AxisData",
    "ChebyshevAxis",
    "FourierAxis",
    "Gap",
    "Grid",
    "GridField",
    "GridForm",
    "Layer",
    "Lines",
    "Modes",
    "Nodes",
    "Sides",
    "Split",
    "Steady",
    "advise",
    "axis_of",
    "component_of",
    "continued",
    "even_field",
    "field_of",
    "gap",
    "leading",
    "newton",
    "refuse_conditions",
    "refuse_parts",
    "refuse_shape",
    "refuse_time",
    "sides_of",
    "space_order",
    "split",
    "tail",
    "time_orders",
]
