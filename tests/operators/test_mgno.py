"""MgNO: V-cycles of convolutions, linear where asked, a preconditioner where trained."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.linear import GridPoisson, krylov
from residuum.operators import GridFrame, LearnedCycle, MgNO

from ._small import train

FRAME = GridFrame(1, 1, (15, 15), (1.0, 1.0), ("zero", "zero"))
RANDOM = np.random.default_rng(61)


def test_without_activations_it_is_linear() -> None:
    operator = MgNO(4, 1, 2, residual=True, linear=True, after=1).build(FRAME, 5)
    x, y = (jnp.asarray(RANDOM.normal(size=(1, 15, 15, 1)), jnp.float32) for _ in range(2))
    apply = jax.jit(operator.__call__)
    gap = apply(0.7 * x - 1.3 * y) - 0.7 * apply(x) + 1.3 * apply(y)
    # Float32 sums of some hundred products.
    assert float(jnp.abs(gap).max()) < 1e-4 * float(jnp.abs(apply(x)).max())
    assert not np.asarray(apply(jnp.zeros_like(x))).any()


def test_the_coarse_grid_reaches_far() -> None:
    """One convolution in three reaches three nodes; a V-cycle of three levels the whole grid."""
    x = jnp.zeros((1, 15, 15, 1)).at[0, 7, 7, 0].set(1.0)
    reach = []
    for levels in (1, 3):
        operator = MgNO(4, 1, levels, residual=True, linear=True).build(FRAME, 5)
        found = np.abs(np.asarray(jax.jit(operator.__call__)(x)))[0, :, :, 0] > 0
        reach.append(int(np.ptp(np.argwhere(found), axis=0).max()) + 1)
    # First convolution, smoothing, A, smoothing on the only level: 1 + 2 · 4.
    assert reach == [9, 15]


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("shape", [(15, 15), (16, 22)])
def test_shapes(shape: tuple[int, int], residual: bool) -> None:
    frame = GridFrame(3, 2, (16, 16), (1.0, 2.0), ("copy", "wrap"), 2)
    recipe = MgNO(4, 2, 3, residual=residual, after=1)
    # Traced alone: nothing is drawn or compiled.
    found = jax.eval_shape(
        lambda x: recipe.build(frame, 5)(x), jax.ShapeDtypeStruct((2, *shape, 3), np.float32)
    )
    assert found.shape == (2, 2, *shape, 2)


@pytest.mark.slow
def test_a_trained_cycle_preconditions() -> None:
    """Random right sides, |b - A M b|² without solutions: fewer iterations than none."""
    grid = GridPoisson(np.ones((15, 15), bool))
    matrix: Any = grid.matrix
    scale = float(matrix.diagonal().mean())

    def loss(operator: Any, b: jax.Array, _: jax.Array) -> jax.Array:
        found = jnp.pad(operator(b)[..., 0], ((0, 0), (1, 1), (1, 1)))
        around = found[:, 2:, 1:-1] + found[:, :-2, 1:-1] + found[:, 1:-1, 2:] + found[:, 1:-1, :-2]
        applied = found[:, 1:-1, 1:-1] - 0.25 * around
        return ((b[..., 0] - applied) ** 2).mean()

    rights = RANDOM.normal(size=(256, 15, 15, 1)).astype(np.float32)
    recipe = MgNO(8, 1, 3, after=1, residual=True, linear=True)
    found = train(recipe.build(FRAME, 5), rights, rights, steps=400, loss=loss)
    right = np.random.default_rng(5).normal(size=grid.size)
    cycle = LearnedCycle(found, (15, 15), 1 / scale)
    plain, learned = (
        krylov(matrix, right, method="GMRES", inverse=inverse, tol=1e-6)
        for inverse in (lambda r: r, cycle)
    )
    assert learned.result.ok
    assert learned.iterations < 0.6 * plain.iterations


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="smoothings"):
        MgNO(after=-1)
    with pytest.raises(OptionError, match="linear operator"):
        LearnedCycle(MgNO(4, 1, 2).build(FRAME, 5), (15, 15))
    with pytest.raises(OptionError, match="nodes or more"):
        MgNO(levels=6).build(FRAME, 5)
