"""Every sequence block: steps equal the whole, nothing looks ahead, wrong shapes are refused."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Tanh
from residuum.blocks.memory import (
    LeakyFire,
    LegendreMemory,
    PerTime,
    PronySeries,
    SequenceBlock,
    Stack,
    causal_convolution,
    gated_recurrent,
    leaky_memory,
    legendre_unit,
    lmuformer,
    spiking_legendre_unit,
)

TIME = 21
PRONY = PronySeries(np.array([2.0, 9.0]), np.array([0.3, 1.2]), np.array([0.1]))
UNITS: dict[str, Callable[[], SequenceBlock]] = {
    "convolution": lambda: causal_convolution(2, 3, 4, 7),
    "former": lambda: lmuformer(2, 3, 7, width=4, order=3, window=9.0),
    "gated": lambda: gated_recurrent(2, 3, 7, width=5),
    "leaky": lambda: leaky_memory(2, 3, 7, memories=4, copies=2),
    "legendre": lambda: LegendreMemory(2, 5, 12.0),
    "legendre unit": lambda: legendre_unit(2, 3, 7, channels=2, order=4, window=9.0),
    "per time": lambda: PerTime(Tanh(2)),
    "prony": lambda: PRONY,
    "spiking": lambda: spiking_legendre_unit(2, 6, 7, order=3, window=9.0),
    "spiking current": lambda: spiking_legendre_unit(
        2, 6, 7, order=3, window=9.0, neuron=LeakyFire(1, kind="current"), feedback="spikes"
    ),
    "spiking former": lambda: lmuformer(2, 3, 7, width=4, order=3, window=9.0, spiking=True),
    "stack": lambda: Stack((causal_convolution(2, 2, 3, 7), PerTime(Tanh(2))), (True, False)),
}


@pytest.mark.parametrize("name", UNITS)
def test_steps_equal_the_whole_and_nothing_looks_ahead(name: str) -> None:
    unit = UNITS[name]()
    x = np.random.default_rng(5).normal(size=(3, TIME, unit.inputs)).astype(np.float32)

    @eqx.filter_jit
    def both(unit: SequenceBlock, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        first = unit.start(len(x), x.dtype)
        stepped = jax.lax.scan(lambda m, row: unit.step(m, row), first, jnp.swapaxes(x, 0, 1))[1]
        return unit(x), jnp.swapaxes(stepped, 0, 1)

    whole, stepped = both(unit, jnp.asarray(x))
    assert whole.shape == (3, TIME, unit.outputs) and whole.dtype == jnp.float32
    # Sums of a few dozen numbers of size one in float32; a spike may hang on the last of them.
    np.testing.assert_allclose(whole, stepped, atol=3e-5)
    later = x.copy()
    later[:, 12:] += 1.0
    changed = both(unit, jnp.asarray(later))[0]
    np.testing.assert_allclose(changed[:, :12], whole[:, :12], atol=3e-5)
    assert np.abs(changed[:, 12:] - whole[:, 12:]).max() > 1e-2


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(OptionError, match=r"\(n, time, 2\)"):
        UNITS["gated"]()(jnp.zeros((3, 2)))
    with pytest.raises(OptionError, match="part before"):
        Stack((causal_convolution(2, 3, 2, 7), PerTime(Tanh(2))), (False, False))
    with pytest.raises(OptionError, match="adds to its input"):
        Stack((causal_convolution(2, 3, 2, 7),), (True,))
    with pytest.raises(OptionError, match="one or more"):
        causal_convolution(2, 3, 0, 7)
