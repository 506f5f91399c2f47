"""Pose a physical problem once. Solve it with anything. Know the error.

The data path, from statement to answer:

    statement            residuum.problem      coordinates, unknowns, Eq, conditions, Problem
    traits and scaling   residuum.problem      derived from the statement
    method               residuum.methods      chosen by the traits, or named
    points, grid, mesh   residuum.geometry     and residuum.discretise
    field                residuum.fields       coordinates → values, made of residuum.blocks
    objective            residuum.objectives   residual rows
    rule or solve        residuum.learning     Gauss–Newton, least squares, first-order rules
    solution             residuum.problem      callable, drawable, storable
    certificate          residuum.certify      what is known of the error

Start with ``rs.solve(problem)``, or ``residuum solve burgers`` in a terminal.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from residuum import catalogue as catalogue
    from residuum._core import Budget as Budget
    from residuum._core import ResiduumError as ResiduumError
    from residuum._core import Result as Result
    from residuum._core import use_cores as use_cores
    from residuum._solve import explain as explain
    from residuum._solve import solve as solve
    from residuum._train import train as train
    from residuum._verify import refine as refine
    from residuum._verify import verify as verify
    from residuum.analysis import diagnose as diagnose
    from residuum.datasets import make_data as make_data
    from residuum.datasets import read_data as read_data
    from residuum.fields import MLP as MLP
    from residuum.fields import Gaussians as Gaussians
    from residuum.geometry import Ball as Ball
    from residuum.geometry import Box as Box
    from residuum.geometry import Disc as Disc
    from residuum.geometry import Interval as Interval
    from residuum.geometry import Polygon as Polygon
    from residuum.geometry import Rectangle as Rectangle
    from residuum.geometry.mesh import read_mesh as read_mesh
    from residuum.learning import GaussNewton as GaussNewton
    from residuum.methods import PINN as PINN
    from residuum.methods import FiniteElement as FiniteElement
    from residuum.methods import FiniteVolume as FiniteVolume
    from residuum.methods import RandomFeatures as RandomFeatures
    from residuum.methods import Spectral as Spectral
    from residuum.methods import TimeIntegration as TimeIntegration
    from residuum.objectives import ResidualAdaptive as ResidualAdaptive
    from residuum.problem import Eq as Eq
    from residuum.problem import Family as Family
    from residuum.problem import GaussianField as GaussianField
    from residuum.problem import NormalDistribution as NormalDistribution
    from residuum.problem import Problem as Problem
    from residuum.problem import Solution as Solution
    from residuum.problem import UniformDistribution as UniformDistribution
    from residuum.problem import closure as closure
    from residuum.problem import coefficient as coefficient
    from residuum.problem import curl as curl
    from residuum.problem import dirichlet as dirichlet
    from residuum.problem import div as div
    from residuum.problem import flux as flux
    from residuum.problem import grad as grad
    from residuum.problem import initial as initial
    from residuum.problem import initial_rate as initial_rate
    from residuum.problem import integral as integral
    from residuum.problem import laplacian as laplacian
    from residuum.problem import load as load
    from residuum.problem import neumann as neumann
    from residuum.problem import observe as observe
    from residuum.problem import parameter as parameter
    from residuum.problem import periodic as periodic
    from residuum.problem import point_value as point_value
    from residuum.problem import read_problem as read_problem
    from residuum.problem import robin as robin
    from residuum.problem import space as space
    from residuum.problem import time as time
    from residuum.problem import unknown as unknown
    from residuum.problem import vector as vector

# Where each public name lives. Names are imported when first used, so that importing the package
# does nothing and takes no time; a test keeps this table equal to the imports above.
_HOMES = {
    "_core": "Budget ResiduumError Result use_cores",
    "_solve": "explain solve",
    "_verify": "refine verify",
    "_train": "train",
    "analysis": "diagnose",
    "datasets": "make_data read_data",
    "fields": "MLP Gaussians",
    "geometry": "Ball Box Disc Interval Polygon Rectangle",
    "geometry.mesh": "read_mesh",
    "learning": "GaussNewton",
    "methods": "PINN FiniteElement FiniteVolume RandomFeatures Spectral TimeIntegration",
    "objectives": "ResidualAdaptive",
    "problem": "Eq Family GaussianField NormalDistribution Problem Solution UniformDistribution "
    "closure coefficient curl dirichlet div flux grad initial initial_rate integral laplacian load "
    "neumann observe parameter periodic point_value read_problem robin space time unknown vector",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

_FOLDERS = (
    "analysis",
    "blocks",
    "certify",
    "datasets",
    "discretise",
    "fields",
    "geometry",
    "inverse",
    "learning",
    "methods",
    "objectives",
    "operators",
    "problem",
)
"""Reached without an import of their own, for the rarer names: ``rs.problem.TwoPhase``."""

__all__ = sorted([*_HOME, "catalogue"])  # pyright: ignore[reportUnsupportedDunderAll]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "catalogue" or name in _FOLDERS:
        return importlib.import_module(f"residuum.{name}")
    if name in _HOME:
        value = getattr(importlib.import_module(f"residuum.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'residuum' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
