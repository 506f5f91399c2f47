"""Interpolation and differentiation of polynomials by their nodal values."""

from __future__ import annotations

import numpy as np

from residuum.discretise.spectral import _barycentric as bary


def test_polynomials_are_reproduced() -> None:
    nodes = bary.chebyshev_nodes(9)
    weight = bary.chebyshev_weights(9)
    polynomial = np.polynomial.Polynomial([1.0, -2.0, 0.5, 0.0, 3.0, 0.0, 0.0, 0.0, 1.5])
    points = np.concatenate([np.linspace(-1, 1, 33), nodes])
    assert (
        np.abs(bary.basis(points, nodes, weight) @ polynomial(nodes) - polynomial(points)).max()
        < 1e-13
    )
    matrices = bary.derivative_matrices(bary.chebyshev_gaps(9), weight, 4)
    for order, matrix in enumerate(matrices):
        exact = polynomial.deriv(order)(nodes) if order else polynomial(nodes)
        assert np.abs(matrix @ polynomial(nodes) - exact).max() < 1e-11 * np.abs(exact).max()


def test_weights_of_any_nodes_are_those_known_for_chebyshev() -> None:
    nodes = bary.chebyshev_nodes(8)
    found = bary.weights(nodes) / bary.weights(nodes)[1]
    exact = bary.chebyshev_weights(8) / bary.chebyshev_weights(8)[1]
    assert np.abs(found - exact).max() < 1e-13


def test_gaps_have_no_cancellation() -> None:
    nodes = bary.chebyshev_nodes(1000)
    plain = nodes[:, None] - nodes[None, :]
    gaps = bary.chebyshev_gaps(1000)
    assert np.abs(gaps - plain).max() < 1e-15 * 10
    # The first gap is 2 sin²(π/1998), known to full precision.
    assert abs(gaps[1, 0] / (2 * np.sin(np.pi / 1998) ** 2) - 1) < 1e-14
