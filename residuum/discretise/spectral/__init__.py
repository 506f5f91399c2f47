"""Fourier and Chebyshev grids, the strong form on them, and the fields they give."""

from residuum.discretise.spectral._agreement import Gap, gap
from residuum.discretise.spectral._axis import Axis, AxisData, ChebyshevAxis, FourierAxis, axis_of
from residuum.discretise.spectral._elimination import Elimination, Layout, eliminate, layout
from residuum.discretise.spectral._field import GridField
from residuum.discretise.spectral._flow import Flow
from residuum.discretise.spectral._form import GridForm
from residuum.discretise.spectral._grid import Grid, Nodes
from residuum.discretise.spectral._krylov import Krylov, refuse_krylov
from residuum.discretise.spectral._ladder import ROUGH, Ladder
from residuum.discretise.spectral._layer import Layer
from residuum.discretise.spectral._lines import Lines, leading, time_orders
from residuum.discretise.spectral._made import even_field, field_of, slab_field, stage_field, tail
from residuum.discretise.spectral._mirror import Mirror, Parities, mirror
from residuum.discretise.spectral._modal import Slabs, march
from residuum.discretise.spectral._modes import Modes
from residuum.discretise.spectral._periodic import (
    fix_means,
    periodic_axes,
    refuse_modes,
    refuse_periodic,
)
from residuum.discretise.spectral._programs import program_of
from residuum.discretise.spectral._rectangular import Rectangular, refuse_interval
from residuum.discretise.spectral._refinement import advised, finer, wider
from residuum.discretise.spectral._resolution import Advice, advise
from residuum.discretise.spectral._separable import (
    DIMENSIONS,
    Separable,
    Separation,
    separable_of,
    separate,
)
from residuum.discretise.spectral._sides import Sides, component_of, sides_of
from residuum.discretise.spectral._space_time import SpaceTime
from residuum.discretise.spectral._steady import Steady, continued, newton
from residuum.discretise.spectral._suits import (
    refuse_conditions,
    refuse_parts,
    refuse_shape,
    refuse_time,
    space_order,
)
from residuum.discretise.spectral._terms import Split, Term, split
from residuum.discretise.spectral._waves import Waves

__all__ = [
    "DIMENSIONS",
    "ROUGH",
    "Advice",
    "Axis",
    "AxisData",
    "ChebyshevAxis",
    "Elimination",
    "Flow",
    "FourierAxis",
    "Gap",
    "Grid",
    "GridField",
    "GridForm",
    "Krylov",
    "Ladder",
    "Layer",
    "Layout",
    "Lines",
    "Mirror",
    "Modes",
    "Nodes",
    "Parities",
    "Rectangular",
    "Separable",
    "Separation",
    "Sides",
    "Slabs",
    "SpaceTime",
    "Split",
    "Steady",
    "Term",
    "Waves",
    "advise",
    "advised",
    "axis_of",
    "component_of",
    "continued",
    "eliminate",
    "even_field",
    "field_of",
    "finer",
    "fix_means",
    "gap",
    "layout",
    "leading",
    "march",
    "mirror",
    "newton",
    "periodic_axes",
    "program_of",
    "refuse_conditions",
    "refuse_interval",
    "refuse_krylov",
    "refuse_modes",
    "refuse_parts",
    "refuse_periodic",
    "refuse_shape",
    "refuse_time",
    "separable_of",
    "separate",
    "sides_of",
    "slab_field",
    "space_order",
    "split",
    "stage_field",
    "tail",
    "time_orders",
    "wider",
]
