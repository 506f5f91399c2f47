"""A small frame for tests: a square with a round hole, three parts held."""

from __future__ import annotations

from functools import cache

from residuum.geometry import Disc, Rectangle
from residuum.geometry.mesh import mesh_of
from residuum.operators import ElementFrame

PLATE = Rectangle((0, 0), (1, 1)) - Disc((0.45, 0.55), 0.2, name="hole")
SQUARE = Rectangle((0, 0), (1, 1))


@cache
def square(order: int = 1, pieces: float = 1 / 6) -> ElementFrame:
    """Return a square, its left side and its bottom held, with a coarse mesh."""
    coarse = mesh_of(SQUARE, 0.5)
    return ElementFrame(mesh_of(SQUARE, pieces), order, ("x_min", "y_min"), coarse)


@cache
def plate() -> ElementFrame:
    """Return the plate with the hole, the hole and its left side held."""
    return ElementFrame(mesh_of(PLATE, 0.2), 1, ("hole", "x_min"))
