"""Weights that are polynomials in time, features in space."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError
from residuum.blocks import ChebyshevProducts
from residuum.fields import FeatureSteps
from residuum.problem import ExpressionField, space, time

t, x = time("t"), space("x")


def steps(rows: np.ndarray, degree: int) -> FeatureSteps:
    walls = ExpressionField((1 - x**2,), (t, x))
    knots = np.array([0.0, 0.5, 2.0])
    return FeatureSteps(
        ChebyshevProducts((2,)), walls, jnp.asarray(rows), knots, np.array([3.0]), degree
    )


def quadratic(degree: int = 2) -> FeatureSteps:
    times = np.array([0.0, 0.25, 0.5, 1.25, 2.0])
    features = ChebyshevProducts((2,)).signature.outputs
    rows = np.zeros((1, 5, features + 1))
    rows[0, :, -1] = times**2
    return steps(rows, degree)


def test_polynomials_in_time_are_met_with_their_derivatives() -> None:
    points = jnp.array([[0.1, 0.2], [0.5, -0.3], [1.7, 0.9]])
    jet = quadratic().jet(points, [(2, 0), (1, 1)])
    moment, place = np.asarray(points).T
    wall = 3 * (1 - place**2)
    assert np.allclose(jet.value[:, 0], wall * moment**2, atol=1e-13)
    assert np.allclose(jet.derivative((1, 0))[:, 0], wall * 2 * moment, atol=1e-12)
    assert np.allclose(jet.derivative((2, 0))[:, 0], wall * 2, atol=1e-11)
    assert np.allclose(jet.derivative((1, 1))[:, 0], -6 * place * 2 * moment, atol=1e-11)


def test_the_last_weights_are_held() -> None:
    found = quadratic().jet(jnp.array([[5.0, 0.0]]), [(1, 0)])
    assert np.allclose(found.value, 12.0) and np.allclose(found.derivative((1, 0)), 0.0)


def test_arrays_that_do_not_fit() -> None:
    with pytest.raises(DataError, match="fit together"):
        quadratic(3)
