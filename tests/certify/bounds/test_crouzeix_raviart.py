"""Enclosed eigenvalues: below the true ones, and converging to them."""

from __future__ import annotations

import math

import pytest

from residuum.certify.bounds._crouzeix_raviart import least_eigenvalue
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of

SIDES = ("x_min", "x_max", "y_min", "y_max")


@pytest.mark.parametrize(
    ("held", "value"),
    [
        (SIDES, 2 * math.pi**2),
        (SIDES[:2], math.pi**2),
        (SIDES[:1], math.pi**2 / 4),
        ((), math.pi**2),
    ],
)
def test_squares_from_below_at_second_order(held: tuple[str, ...], value: float) -> None:
    square = Box(x=(0, 1), y=(0, 1))
    gaps = [value - least_eigenvalue(mesh_of(square, 1 / n), held) for n in (8, 16)]
    assert gaps[0] > 0 and gaps[1] > 0
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.1)  # measured: 3.93 to 3.99


def test_lines_and_cubes_from_below() -> None:
    line = mesh_of(Box(x=(0, 2)), 0.1)
    found = least_eigenvalue(line, ("x_min", "x_max"))
    # Measured: 0.05 % below.
    assert 0.999 * math.pi**2 / 4 < found < math.pi**2 / 4
    cube = mesh_of(Box(x=(0, 1), y=(0, 1), z=(0, 1)), 0.25)
    # Measured: 0.93 of the value on so coarse a mesh.
    assert 0.9 * math.pi**2 / 4 < least_eigenvalue(cube, ("z_max",)) < math.pi**2 / 4
