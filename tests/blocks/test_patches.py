"""Patches: windows that add up to one, smooth or sharp, and who owns an edge."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import _jet as jets
from residuum._core import closure, in_double_precision
from residuum.blocks import Block, Chain, Dense, Patches, Tanh, dense

INDICES = closure([(3, 0), (0, 3)])


def parts(count: int, width: int = 3) -> tuple[Block, ...]:
    made = (dense(2, width, jax.random.key(seed)) for seed in range(50, 50 + count))
    return tuple(Chain((layer, Tanh(width))) for layer in made)


def windows(patches: Patches, points: np.ndarray) -> jets.Jet:
    """The last feature of every patch is its window."""
    found = patches.jet(jets.coordinates(jnp.asarray(points), INDICES))
    return found[:, 3::4]


POINTS = np.random.default_rng(5).uniform(-1, 1, (400, 2))


@pytest.mark.parametrize("overlap", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("periodic", [(), (1,)])
@in_double_precision
def test_windows_add_up_to_one_with_their_derivatives(
    overlap: float, periodic: tuple[int, ...]
) -> None:
    patches = Patches(parts(6), (2, 3), overlap, periodic)
    found = windows(patches, POINTS)
    # Rounding; third derivatives of windows of overlap 0.3 are of size 1e4.
    np.testing.assert_allclose(found.value.sum(axis=1), 1, atol=1e-14)
    assert float(found.value.min()) >= 0
    for index in INDICES[1:]:
        assert float(jnp.abs(found.derivative(index).sum(axis=1)).max()) < 1e-10


@in_double_precision
def test_a_patch_is_the_block_of_its_own_coordinates() -> None:
    blocks = parts(3)
    patches = Patches(blocks, (1, 3))
    points = np.column_stack([POINTS[:, 0], POINTS[:, 1] / 3])  # within the middle patch
    found = patches(jnp.asarray(points)).reshape(-1, 3, 4)
    own = blocks[1](jnp.asarray(np.column_stack([points[:, 0], 3 * points[:, 1]])))
    np.testing.assert_allclose(found[:, 1, :3], own, atol=1e-14)
    assert not np.asarray(found[:, [0, 2]]).any()


@in_double_precision
def test_windows_are_three_times_continuously_differentiable() -> None:
    patches = Patches(parts(2), (1, 2), 0.5)
    edge = 0.25  # the overlap of half a patch reaches this far
    points = np.array([[0.0, edge - 1e-7], [0.0, edge + 1e-7]])
    found = windows(patches, points)
    for order in range(4):
        before, after = np.asarray(found.derivative((0, order)))
        # Fourth derivatives are of size 1e4.
        np.testing.assert_allclose(before, after, atol=1e-2 if order == 3 else 1e-6)


@pytest.mark.parametrize(("periodic", "edge"), [((), 0.0), ((1,), 1.0), ((1,), -1.0)])
@in_double_precision
def test_leaning_decides_who_owns_an_edge(periodic: tuple[int, ...], edge: float) -> None:
    patches = Patches(parts(2), (1, 2), 0.0, periodic)
    point = np.array([[0.3, edge]])
    below, above = (windows(patches.leaning(1, s), point).value[0] for s in (-1.0, 1.0))
    first, second = ([1, 0], [0, 1]) if edge == 0 else ([0, 1], [1, 0])
    np.testing.assert_array_equal(below, first)
    np.testing.assert_array_equal(above, second)


def test_trained_weights_stay_trained() -> None:
    fixed = Patches((Dense(np.eye(2), np.zeros(2)),) * 2, (2, 1))
    assert not [leaf for leaf in jax.tree.leaves(fixed) if isinstance(leaf, jax.Array)]
    assert len(jax.tree.leaves(Patches(parts(2), (2, 1)))) >= 4
