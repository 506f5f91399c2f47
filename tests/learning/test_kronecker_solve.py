"""Weights of a Gaussian process on a grid."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import KernelProducts, SpectralMixture
from residuum.geometry import Box
from residuum.learning import GridSystem, Linearised, pruned, whitened
from residuum.objectives import Rows
from residuum.problem import Eq, Problem, pointwise, space, unknown

x, y = space("x", "y")
u = unknown("u", x, y)
KERNEL = SpectralMixture(np.array([0.6, 0.4]), np.array([1.5, 1.0]), np.array([0.0, 0.9]))


@in_double_precision
def test_whitened_features_have_the_kernel_as_covariance() -> None:
    nodes = np.linspace(-1, 1, 9)
    axis = whitened(KERNEL, nodes, ())
    block = KernelProducts((axis,))
    features = np.asarray(block(jnp.asarray(nodes)[:, None]))
    gaps = jnp.asarray((nodes[:, None] - nodes).ravel())
    expected = np.asarray(KERNEL.derivatives(gaps, 0)[0]).reshape(9, 9)
    # Eigenvalues below 1e-12 of the largest, which is less than nine, are dropped.
    np.testing.assert_allclose(features @ features.T, expected, atol=2e-11)


@in_double_precision
def test_whitened_features_vanish_at_the_ends() -> None:
    axis = whitened(KERNEL, np.linspace(-1, 1, 9), (-1.0, 1.0))
    features = np.asarray(KernelProducts((axis,))(jnp.array([[-1.0], [1.0], [0.2]])))
    # Features divide rounding of 1e-16 by the root of the least eigenvalue, 1e-6.
    np.testing.assert_allclose(features[:2], 0, atol=1e-8)
    assert np.abs(features[2]).max() > 0.1


def test_faded_bumps_are_dropped() -> None:
    kernel = SpectralMixture(np.array([1.0, 1e-9, 1e-12]), np.ones(3), np.array([0.0, 30.0, 0.0]))
    # The second is little of the value and most of the fourth derivative squared.
    assert pruned(kernel, 2).weights.tolist() == [1.0, 1e-9]
    assert pruned(kernel, 0).weights.tolist() == [1.0]


# Rows are tested here, whatever the statement they come from lacks.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
@in_double_precision
def test_the_iterative_solve_with_products_is_the_dense_one() -> None:
    axes = [np.linspace(-1, 1, 7), np.linspace(-1, 1, 6)]
    grid = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    problem = Problem(Box(x=(-1, 1), y=(-1, 1)), Eq(u.diff(x, 2) + x * u.diff(y), 1), [])
    equation = Rows(
        "equations",
        (pointwise(problem, problem.residuals[0]),),
        jnp.asarray(grid),
        jnp.asarray(1.0),
    )
    data = Rows("seen", (pointwise(problem, u),), jnp.asarray(grid[:5]), jnp.asarray(1.0))
    every = (equation, data)
    state = tuple({s: jnp.zeros(len(r.points)) for s in r.at[0].slots} for r in every)
    free = tuple({s[1]: jnp.zeros(len(r.points)) for s in r.at[0].slots} for r in every)
    linear = Linearised(every, state, free, 1.0, (1.0, 1.0))
    block = KernelProducts(tuple(whitened(KERNEL, axis, ()) for axis in axes))
    made = GridSystem(linear, block, np.zeros(2), axes, np.full(47, 0.1))
    mean, root = made.solve({})
    # LSMR stops at 1e-13; the matrix over its noise has a condition of some thousands.
    np.testing.assert_allclose(made.iterate({}), mean, atol=1e-7)
    # No direction gets wider than its prior.
    deviation = np.linalg.norm(root, axis=1)
    assert root.shape[0] == len(mean) and deviation.max() <= 1 + 1e-12
