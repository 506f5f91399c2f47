"""SineNet: waves are added in turn, each sees what it began with."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import GridFrame, SineNet

from ._small import waves

FRAME = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "wrap"))


def test_waves_are_added_in_turn() -> None:
    operator = SineNet(4, 2, 2).build(FRAME, 5)
    # Coarser levels take worked and unworked features: twice the channels.
    assert operator.waves[0].down[1].first.signature.inputs == 8
    x = jnp.asarray(waves(2, 16, 3))

    @jax.jit
    def by_hand(x: jax.Array) -> jax.Array:
        h = operator.first(x)
        h = h + operator.waves[0](h)
        h = h + operator.waves[1](h)
        return operator.last(h)

    np.testing.assert_allclose(jax.jit(operator.__call__)(x), by_hand(x), atol=1e-5)
    short = eqx.tree_at(lambda item: item.waves, operator, operator.waves[:1])
    assert jax.eval_shape(short, x).shape == (2, 16, 16, 1)


@pytest.mark.parametrize("shape", [(16, 16), (19, 22)])
def test_shapes(shape: tuple[int, int]) -> None:
    frame = GridFrame(3, 2, (16, 16), (1.0, 2.0), ("copy", "wrap"), 4)
    recipe = SineNet(4, 2, 3)
    # Traced alone: nothing is drawn or compiled.
    found = jax.eval_shape(
        lambda x: recipe.build(frame, 5)(x), jax.ShapeDtypeStruct((2, *shape, 3), np.float32)
    )
    assert found.shape == (2, 4, *shape, 2)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="waves"):
        SineNet(waves=0)
    with pytest.raises(OptionError, match="growth"):
        SineNet(growth=9.0)
    with pytest.raises(OptionError, match="nodes or more"):
        SineNet(levels=5).build(FRAME, 5)
