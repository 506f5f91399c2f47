"""LMUFormer."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.memory import LegendreUnit, SpikingLegendreUnit, lmuformer


@pytest.mark.parametrize("spiking", [False, True])
def test_it_is_made_of_the_parts_of_the_paper(spiking: bool) -> None:
    model = lmuformer(1, 2, 7, width=4, depth=2, order=3, window=9.0, spiking=spiking)
    kind = SpikingLegendreUnit if spiking else LegendreUnit
    assert [isinstance(part, kind) for part in model.parts] == [
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert model.skips == (False, True, True, True, True, False)


def test_a_skip_adds() -> None:
    model = lmuformer(1, 2, 7, width=4, order=3, window=9.0)
    x = jnp.asarray(np.random.default_rng(5).normal(size=(1, 11, 1)), jnp.float32)

    @jax.jit
    def both(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        first = model.parts[0](x)
        second = first + model.parts[1](first)
        third = second + model.parts[2](second)
        return model(x), model.parts[3](third)

    found, expected = both(x)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    with pytest.raises(OptionError, match="one or more"):
        lmuformer(1, 2, 7, depth=0)
