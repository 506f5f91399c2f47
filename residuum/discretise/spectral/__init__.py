"""Fourier and Chebyshev grids, the strong form on them, and the fields they give."""

from residuum.discretise.spectral._agreement import Gap, gap
from residuum.discretise.spectral._axis import Axis, AxisData, ChebyshevAxis, FourierAxis, axis_of
from residuum.discretise.spectral._field import GridField
from residuum.discretise.spectral._form import GridForm
from residuum.discretise.spectral._grid import Grid, Nodes
from residuum.discretise.spectral._layer import Layer
from residuum.discretise.spectral._lines import Lines, leading, time_orders
from residuum.discretise.spectral._modes import Modes, Split, split
from residuum.discretise.spectral._sides import Sides
from residuum.discretise.spectral._steady import Steady, newton

__all__ = [
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
    "axis_of",
    "gap",
    "leading",
    "newton",
    "split",
    "time_orders",
]
