"""Muon: which arrays are matrices, and that their steps are orthogonal."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks import dense
from residuum.blocks._abstract import is_trained
from residuum.learning._muon import matrices, muon
from residuum.operators import FNO, ConvolutionNetwork, GridFrame

FRAME = GridFrame(1, 1, (8, 9), (1.0, 1.0), ("wrap", "zero"))


def test_the_matrices_of_an_operator_are_found() -> None:
    with jax.enable_x64(False):
        made = eqx.filter(FNO(3, 4, 1).build(FRAME, 7), is_trained)
        axes = matrices(made)
    assert axes.lift[0].weight.reduction_axis == (0,) and axes.lift[0].bias is None
    tensor = made.weights[0].tensor
    found = axes.weights[0].tensor
    assert [tensor.shape[k] for k in found.reduction_axis] == [4]
    assert [tensor.shape[k] for k in found.output_axis] == [2, 4]
    assert axes.project[1].weight is None  # one output: a column


def test_a_kernel_is_one_matrix_of_all_its_points() -> None:
    with jax.enable_x64(False):
        made = eqx.filter(ConvolutionNetwork(4, 3).build(FRAME, 7), is_trained)
    middle = matrices(made).layers[1].kernel
    assert middle.reduction_axis == (0, 1, 2) and middle.output_axis == (3,)


def test_a_step_turns_all_directions_alike() -> None:
    key = jax.random.PRNGKey(5)
    with jax.enable_x64(False):
        block = dense(6, 6, key)
        moving = eqx.filter(block, is_trained)
        left, values, right = np.linalg.svd(np.asarray(jax.random.normal(key, (6, 6))))
        values = np.array([1.0, 0.5, 0.3, 0.2, 0.1, 0.05])
        slope = eqx.tree_at(lambda b: b.weight, moving, jnp.asarray(left * values @ right))
        rule = muon(0.1, 0.0)
        move, _ = rule.update(slope, rule.init(moving), moving)
    sizes = np.linalg.svd(np.asarray(move.weight), compute_uv=False)
    # Five Newton-Schulz steps bring singular values between 0.7 and 1.2 of each other's middle.
    assert sizes.max() / sizes.min() < 2.0
    assert np.abs(sizes / 0.1 - 1).max() < 0.4
