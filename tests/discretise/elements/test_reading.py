"""Reading a solution at points."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.discretise.elements import Space
from residuum.discretise.elements._reading import point_rule, reading
from residuum.geometry import Disc
from residuum.geometry.mesh import mesh_of
from tests.discretise.elements._posed import SQUARE

POINTS = np.random.default_rng(109).uniform(0, 1, (20, 2))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_polynomials_of_the_order_are_read_exactly(order: int) -> None:
    space = Space(mesh_of(SQUARE, 0.3), (1, order), degree=4)

    def polynomial(p: np.ndarray) -> np.ndarray:
        return 1 + (p[:, 0] - 2 * p[:, 1]) ** order

    dofs = np.zeros(space.size)
    dofs[space.offsets[1] :] = polynomial(space.places(1))
    with double_precision():
        read = reading(space, POINTS, unknown=1)
        np.testing.assert_allclose(read(dofs), polynomial(POINTS), rtol=1e-12)
        # It is linear, so its derivative is itself.
        found = jax.jvp(read, (dofs,), (2 * dofs,))[1]
        np.testing.assert_allclose(found, 2 * polynomial(POINTS), rtol=1e-12)


def test_numbers_that_another_stands_for_are_read_from_it() -> None:
    pairs = (("x_min", "x_max"),)
    space = Space(mesh_of(SQUARE, 0.3), (2,), degree=4, periodic=(pairs,))
    read = reading(space, [[0.999, 0.5]])
    assert (space.master[read.numbers] == read.numbers).all()


def test_points_outside_are_refused() -> None:
    space = Space(mesh_of(SQUARE, 0.3), (1,), degree=2)
    with pytest.raises(OptionError, match="points in the mesh"):
        reading(space, [[0.5, 0.5], [1.5, 0.5]])
    with pytest.raises(OptionError, match=r"finite points \(n, 2\)"):
        reading(space, [[0.5, float("nan")]])
    with pytest.raises(OptionError, match=r"shape \(2,\)"):
        reading(space, [0.5, 0.5])
    assert reading(space, np.zeros((0, 2)))(np.zeros(space.size)).shape == (0,)


def test_points_between_a_chord_and_its_arc_can_be_read() -> None:
    space = Space(mesh_of(Disc((0, 0), 1), 0.3), (1,), degree=2)
    angles = np.linspace(0, 6, 50)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    read = reading(space, points)
    np.testing.assert_allclose(read.weights.sum(axis=1), 1.0)


def test_a_rule_of_one_place_has_the_slopes_in_curved_cells() -> None:
    space = Space(mesh_of(Disc((0, 0), 1), 0.5), (3, 2), degree=4)
    assert space.curved
    where = point_rule(space, (0.71, 0.68))  # beside the arc
    assert where.points.shape == (2, 1, 1) and where.weights.tolist() == [[1.0]]
    table = where.tables[2]
    # Curved cells hold the coordinates themselves, and nothing else of first order.
    own = space.places(1)[table.dofs[0]]
    np.testing.assert_allclose(table.value[0, :, 0] @ own, (0.71, 0.68), atol=1e-12)
    np.testing.assert_allclose(table.slope[0, :, :, 0].T @ own, np.eye(2), atol=1e-12)
