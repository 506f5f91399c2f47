"""Derivatives and eigenfunctions on the nodes of an axis."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Edge
from residuum.objectives._grid_calculus import derivative_matrix, difference_matrix, modes


@pytest.mark.parametrize("order", [1, 2, 3])
def test_periodic_derivatives_are_exact_for_waves(order: int) -> None:
    places = 3 * np.arange(12) / 12
    unit = 2 * np.pi / 3
    found = derivative_matrix(places, "wrap", order, 3.0) @ np.exp(2j * unit * places)
    np.testing.assert_allclose(found, (2j * unit) ** order * np.exp(2j * unit * places), atol=1e-11)


@pytest.mark.parametrize(("order", "degree"), [(1, 4), (2, 5), (3, 6)])
def test_differences_are_exact_for_polynomials_on_uneven_nodes(order: int, degree: int) -> None:
    nodes = np.sort(np.random.default_rng(5).uniform(0, 1, 12))
    power = np.polynomial.Polynomial.basis(degree)
    found = difference_matrix(nodes, order) @ power(nodes)
    # Rounding grows by the spacing to the order.
    np.testing.assert_allclose(found, power.deriv(order)(nodes), atol=1e-7)


def test_differences_need_nodes() -> None:
    with pytest.raises(OptionError, match="more than 2 nodes"):
        difference_matrix(np.array([0.0, 1.0]), 2)


@pytest.mark.parametrize("edge", ["wrap", "zero", "copy"])
def test_modes_are_orthonormal_eigenfunctions(edge: Edge) -> None:
    nodes = np.arange(16) / 16 * 2 if edge == "wrap" else np.linspace(0, 2, 17)
    basis, values = modes(len(nodes), edge, 2.0)
    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)
    wave = {"wrap": np.sin(np.pi * nodes), "zero": np.sin(np.pi * nodes), "copy": nodes * 0 + 1}
    parts = basis @ wave[edge]
    eigenvalue = 0.0 if edge == "copy" else np.pi**2
    assert np.abs(parts[~np.isclose(values, eigenvalue)]).max() < (0.5 if edge == "copy" else 1e-12)
