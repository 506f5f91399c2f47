"""Patches: windows, joining, edges, memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import Key, OptionError
from residuum.operators import (
    FNO,
    GridFrame,
    MultiGridDomainDecomposition,
    Operator,
    OperatorArchitecture,
)
from residuum.operators._patched import window_nodes


class First(Operator):
    """The first channel of a window: its own view of the inputs."""

    def __call__(self, inputs: Array) -> Array:
        return inputs[..., :1]


@dataclass(frozen=True)
class FirstRecipe(OperatorArchitecture):
    def build(self, frame: GridFrame, key: Key) -> First:
        return First()


@pytest.mark.parametrize("in_turn", [True, False])
def test_patches_join_to_the_whole(in_turn: bool) -> None:
    frame = GridFrame(1, 1, (10, 13), (1.0, 2.0), ("wrap", "zero"))
    made: Any = MultiGridDomainDecomposition(FirstRecipe(), in_turn=in_turn).build(frame, 3)
    x = jnp.asarray(np.random.default_rng(89).normal(size=(2, 10, 13, 1)), jnp.float32)
    np.testing.assert_array_equal(made(x), x)


def test_windows_stand_around_the_middles_of_patches() -> None:
    np.testing.assert_array_equal(window_nodes(2, 4, 1, 1), [range(-1, 5), range(3, 9)])
    coarse = window_nodes(2, 4, 1, 2)
    assert np.diff(coarse).min() == np.diff(coarse).max() == 2
    assert abs(coarse.mean(1) - np.array([1.5, 5.5])).max() <= 0.5


def test_what_lies_beyond_follows_the_edges() -> None:
    x = jnp.arange(1.0, 9.0)[None, :, None]
    for edge, wanted in (("wrap", 8.0), ("copy", 1.0), ("zero", 0.0)):
        frame = GridFrame(1, 1, (8,), (1.0,), (edge,))  # type: ignore[arg-type]
        made: Any = MultiGridDomainDecomposition(FirstRecipe()).build(frame, 3)
        view = made._view(made._with_places(x), (4,), (1,), 0)
        assert float(view[0, 0, 0, 0]) == wanted and float(view[0, 1, 0, 0]) == 4.0


def test_patches_in_turn_need_less_memory() -> None:
    frame = GridFrame(1, 1, (32, 32), (1.0, 1.0), ("wrap", "wrap"))
    inner = FNO(modes=4, width=12, layers=3)
    x = jnp.ones((1, 32, 32, 1))

    def memory(operator: Operator) -> float:
        arrays, rest = eqx.partition(operator, eqx.is_array)

        def loss(arrays: Any) -> Array:
            return (eqx.combine(arrays, rest)(x) ** 2).mean()

        compiled = jax.jit(jax.grad(loss)).lower(arrays).compile()
        analysis: Any = compiled.memory_analysis()
        return float(analysis.temp_size_in_bytes)

    whole = memory(inner.build(frame, 3))
    patched = memory(MultiGridDomainDecomposition(inner, margin=0.125).build(frame, 3))
    # A quarter of the nodes and the margins, (1.25 / 2)² = 0.39, and the gradients of both.
    assert patched < 0.7 * whole, (patched, whole)


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="one level"):
        MultiGridDomainDecomposition(FirstRecipe(), levels=0)
    with pytest.raises(OptionError, match="four nodes"):
        frame = GridFrame(1, 1, (6,), (1.0,), ("zero",))
        MultiGridDomainDecomposition(FirstRecipe()).build(frame, 3)
