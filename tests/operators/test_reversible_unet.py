"""The reversible U-shaped operator: volumes in little memory, any grid."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks._abstract import is_trained
from residuum.operators import GridFrame, ReversibleUNet

VOLUME = GridFrame(1, 1, (8, 8, 8), (1.0,) * 3, ("wrap", "zero", "copy"))


def needed(recipe: ReversibleUNet, frame: GridFrame) -> int:
    """Temporary bytes of a gradient, as the compiler says."""
    trained, fixed = eqx.partition(recipe.build(frame, 7), is_trained)
    x = jax.ShapeDtypeStruct((1, *frame.shape, 1), jnp.float32)
    rule = jax.grad(lambda trained, x: (eqx.combine(trained, fixed)(x) ** 2).sum())
    made = jax.jit(rule).lower(trained, x).compile()
    plan: Any = made.memory_analysis()
    return int(plan.temp_size_in_bytes)


@pytest.mark.slow
def test_blocks_cost_no_memory() -> None:
    few, many = (needed(ReversibleUNet(4, 1, n, expansion=2), VOLUME) for n in (2, 8))
    plain = needed(ReversibleUNet(4, 1, 8, expansion=2, memory="stored"), VOLUME)
    assert many < 1.2 * few and plain > 3 * many


def test_any_grid_is_taken() -> None:
    recipe = ReversibleUNet(4, 3, 1)
    frame = GridFrame(2, 1, (8, 9), (1.0, 2.0), ("wrap", "zero"), 2)
    # Traced alone: nothing is drawn or compiled.
    found = jax.eval_shape(
        lambda x: recipe.build(frame, 5)(x), jax.ShapeDtypeStruct((3, 11, 8, 2), np.float32)
    )
    assert found.shape == (3, 2, 11, 8, 1)


def test_options() -> None:
    with pytest.raises(OptionError, match="even width"):
        ReversibleUNet(5)
    with pytest.raises(OptionError, match="whole number"):
        ReversibleUNet(blocks=1.5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="nodes or more"):
        ReversibleUNet(levels=5).build(VOLUME, 7)
