"""U-Net: any grid, moments, learns a small map."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import GridFrame, UNet

from ._small import moved, relative, train, waves, weights

FRAME = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "wrap"))


@pytest.mark.parametrize("shape", [(16, 16), (17, 20), (31, 9)])
def test_any_grid_is_taken(shape: tuple[int, int]) -> None:
    frame = GridFrame(2, 1, (16, 16), (1.0, 2.0), ("zero", "copy"), 2)
    recipe = UNet(4, 3)
    # Traced alone: nothing is drawn or compiled.
    found = jax.eval_shape(
        lambda x: recipe.build(frame, 5)(x), jax.ShapeDtypeStruct((3, *shape, 2), np.float32)
    )
    assert found.shape == (3, 2, *shape, 1)


@pytest.mark.slow
def test_it_learns_a_step() -> None:
    inputs = waves(96, 16, 7)
    outputs = moved(inputs, (2 / 16, 1 / 16), 0.01)
    found = train(UNet(6, 2).build(FRAME, 7), inputs[:64], outputs[:64], steps=200)
    # The step moves the field by a relative 0.9.
    assert relative(jax.jit(found.__call__)(inputs[64:]), outputs[64:]) < 0.3


def test_options() -> None:
    plain, weighed = (UNet(8, 2, weighing=on).build(FRAME, 5) for on in (False, True))
    assert not plain.weigh and len(weighed.weigh) == 2
    assert weights(UNet(32, 2, rank=4).build(FRAME, 5)) < weights(UNet(32, 2).build(FRAME, 5)) / 3
    with pytest.raises(OptionError, match="growth"):
        UNet(growth=0.5)
    with pytest.raises(OptionError, match="whole number"):
        UNet(levels=1.5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="32 nodes or more"):
        UNet(levels=5).build(FRAME, 5)
