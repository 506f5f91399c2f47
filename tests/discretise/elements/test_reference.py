"""Reference elements: nodes, monomials and Lagrange functions."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.elements._location import shape_functions, shape_slopes
from residuum.discretise.elements._reference import (
    ELEMENTS,
    coefficients,
    element,
    exponents,
    nodes,
)

EVERY = sorted(ELEMENTS)


@pytest.mark.parametrize(("dimension", "order"), EVERY)
def test_functions_are_one_at_their_node_and_zero_at_the_others(dimension: int, order: int) -> None:
    found = shape_functions(nodes(dimension, order), dimension, order)
    np.testing.assert_allclose(found, np.eye(len(found)), atol=1e-13)
    assert coefficients(dimension, order).shape == (len(found), len(exponents(dimension, order)))


@pytest.mark.parametrize(("dimension", "order"), EVERY)
def test_functions_and_slopes_are_those_of_the_library(dimension: int, order: int) -> None:
    # Degrees of freedom are numbered by scikit-fem, so its functions are the definition.
    points = np.random.default_rng(41).dirichlet(np.ones(dimension + 1), 9)[:, :dimension]
    ours, steep = (f(points, dimension, order) for f in (shape_functions, shape_slopes))
    made = element(dimension, order)
    for i in range(ours.shape[1]):
        value, slope = made.lbasis(points.T, i)
        np.testing.assert_allclose(ours[:, i], np.broadcast_to(value, len(points)), atol=1e-13)
        wanted = np.broadcast_to(np.asarray(slope).T, (len(points), dimension))
        np.testing.assert_allclose(steep[:, i], wanted, atol=1e-12)


def test_the_thirds_are_exact() -> None:
    found = nodes(2, 3)
    assert {float(value) for value in found.ravel()} == {0.0, 1 / 3, 2 / 3, 1.0}


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(OptionError, match="1, 2 in 3 dimensions"):
        element(3, 3)
