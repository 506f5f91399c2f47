"""Shapes, their boundaries and distances, and points on them."""

from residuum.geometry._abstract import Shape
from residuum.geometry._ball import Ball
from residuum.geometry._box import Box
from residuum.geometry._designs import Design, Grid, LatinHypercube, Sobol, Uniform
from residuum.geometry._difference import Difference
from residuum.geometry._disc import Disc
from residuum.geometry._extrusion import Extrusion
from residuum.geometry._intersection import Intersection
from residuum.geometry._interval import Interval
from residuum.geometry._polygon import Polygon
from residuum.geometry._rectangle import Rectangle
from residuum.geometry._union import Union

__all__ = [
    "Ball",
    "Box",
    "Design",
    "Difference",
    "Disc",
    "Extrusion",
    "Grid",
    "Intersection",
    "Interval",
    "LatinHypercube",
    "Polygon",
    "Rectangle",
    "Shape",
    "Sobol",
    "Uniform",
    "Union",
]
