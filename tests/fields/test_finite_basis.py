"""Fields on patches: heads, keys, frames, periodic axes that are cut or not."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import Chain, Patches
from residuum.fields import MLP, FiniteBasis, Frame, Gaussians, RandomTanh

SQUARE = Frame(np.zeros(2), np.ones(2), (), 2)
TUBE = Frame(np.zeros(2), np.ones(2), (0, 1), 1)


def patches(recipe: FiniteBasis, frame: Frame = SQUARE) -> Patches:
    trunk = recipe.build(frame, 7).trunk
    assert isinstance(trunk, Chain) and isinstance(trunk.blocks[1], Patches)
    return trunk.blocks[1]


@in_double_precision
def test_every_patch_has_features_and_a_head_of_its_own() -> None:
    field = FiniteBasis(MLP(5, 1), (2, 3)).build(SQUARE, 7)
    assert field.head.shape == (6 * (5 + 1) + 1, 2)
    heads = np.asarray(field.head[:-1]).reshape(6, 6, 2)
    assert len(np.unique(heads[:, 0, 0])) == 6 and not heads[:, -1].any()
    # A patch alone: Glorot, deviation sqrt(2/(5 + 2)); 60 draws stay within a third of it.
    assert np.std(heads[:, :-1]) == pytest.approx(np.sqrt(2 / 7), rel=1 / 3)


@in_double_precision
def test_features_that_are_solved_for_start_from_zero() -> None:
    assert not np.asarray(FiniteBasis(RandomTanh(4), 2).build(SQUARE, 7).head).any()


def test_a_factor_reaches_the_recipe_of_the_patches() -> None:
    one, two = (patches(FiniteBasis(Gaussians(9), 2, scale=s)).parts[0] for s in (1.0, 2.0))
    np.testing.assert_allclose(one.widths, 2 * two.widths)  # type: ignore[attr-defined]


@in_double_precision
def test_only_axes_that_are_not_cut_repeat_inside_a_patch() -> None:
    found = patches(FiniteBasis(RandomTanh(4), (1, 2)), TUBE)
    assert found.periodic == (1,)
    field = FiniteBasis(RandomTanh(4), (1, 2), 0.5).build(TUBE, 7)
    head = np.random.default_rng(3).normal(size=field.head.shape)
    field = field.with_head(jnp.asarray(head))
    left, right = field(jnp.asarray([[-1.0, 0.3], [1.0, 0.3]]))
    low, high = field(jnp.asarray([[0.3, -1.0], [0.3, 1.0]]))
    np.testing.assert_allclose([left, low], [right, high], atol=1e-13)


def test_as_many_numbers_as_axes_are_wanted() -> None:
    with pytest.raises(OptionError, match="2 numbers of patches"):
        FiniteBasis(RandomTanh(4), (2, 2, 2)).build(SQUARE, 7)
