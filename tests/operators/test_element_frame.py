"""Spaces on meshes for operators: integrals, projection, interpolation between meshes."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.geometry.mesh import mesh_of
from residuum.operators import ElementFrame
from tests.operators.plate import SQUARE, plate, square


@pytest.mark.parametrize("order", [1, 2])
def test_matrices_are_the_integrals_and_polynomials_come_back(order: int) -> None:
    frame = square(order)

    def function(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (1 + x - 2 * y) ** order

    nodes = frame.interpolate(function)
    np.testing.assert_allclose(frame.project(function), nodes, atol=1e-12)
    assert frame.weights.sum() == pytest.approx(1.0, abs=1e-13)
    wanted = {1: 5 / 12 + 1 / 4, 2: 0.0}[order]
    if order == 1:
        # ∫ (1 + x - 2y)² = 5/12 + (1/2)², variance and mean; |∇|² = 5.
        assert frame.norm(nodes[None])[0] ** 2 == pytest.approx(wanted, abs=1e-13)
        assert nodes @ frame.stiffness @ nodes == pytest.approx(5.0, abs=1e-12)
    places = np.random.default_rng(5).uniform(size=(40, 2))
    np.testing.assert_allclose(frame.at(places) @ nodes, function(*places.T), atol=1e-12)


def test_held_nodes_are_those_of_the_parts() -> None:
    frame = plate()
    x, y = frame.places.T
    hole = np.abs(np.hypot(x - 0.45, y - 0.55) - 0.2) < 1e-9
    np.testing.assert_array_equal(frame.fixed, hole | (x < 1e-12))
    assert (frame.border & ~frame.fixed).sum() > 0


def test_the_frame_is_checked() -> None:
    mesh = mesh_of(SQUARE, 0.5)
    with pytest.raises(OptionError, match="order of 1 or 2"):
        ElementFrame(mesh, 3)
    with pytest.raises(OptionError, match="parts among"):
        ElementFrame(mesh, 1, ("left",))
