"""Reversible recipes: the gradient of plain training, memory without depth, clear refusals."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks._abstract import is_trained
from residuum.operators import (
    FNO,
    ConvolutionNetwork,
    GridFrame,
    Reversible,
    ReversibleUNet,
    SineNet,
    UNet,
)

FRAME = GridFrame(1, 1, (16,), (1.0,), ("wrap",))
INPUTS = jnp.asarray(np.random.default_rng(89).normal(size=(3, 16, 1)), jnp.float32)


def rule(operator: Any) -> tuple[Any, Any]:
    """The gradient of a loss by the weights, and these."""
    trained, fixed = eqx.partition(operator, is_trained)

    def value(trained: Any, x: jax.Array) -> Any:
        return (eqx.combine(trained, fixed)(x) ** 2).sum()

    return jax.jit(jax.grad(value)), trained


@pytest.mark.parametrize("recipe", [ConvolutionNetwork(4, 7), FNO(3, 4, 2)])
def test_the_gradient_of_plain_training(recipe: Any) -> None:
    slopes = []
    for memory in ("reversible", "stored"):
        gradient, trained = rule(Reversible(recipe, memory).build(FRAME, 7))
        slopes.append(jax.tree.leaves(gradient(trained, INPUTS)))
    for a, b in zip(*slopes, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5 * max(float(jnp.abs(b).max()), 1e-3))


def test_memory_does_not_grow_with_depth() -> None:
    sizes = []
    for depth in (6, 22):
        gradient, trained = rule(Reversible(ConvolutionNetwork(8, depth)).build(FRAME, 7))
        made = gradient.lower(trained, jnp.ones((64, 16, 1))).compile()
        sizes.append(made.memory_analysis().temp_size_in_bytes)
    assert sizes[1] < 1.2 * sizes[0]


def test_refusals() -> None:
    with pytest.raises(OptionError, match="keep the shape of their features"):
        Reversible(UNet(4, 2)).build(FRAME, 7)
    with pytest.raises(OptionError, match="keep the shape of their features"):
        Reversible(SineNet(4, 1, 2)).build(FRAME, 7)
    with pytest.raises(OptionError, match="weights of its own"):
        Reversible(FNO(3, 4, 2, joint=True)).build(FRAME, 7)
    with pytest.raises(OptionError, match="Choose one"):
        Reversible(FNO(), "none")  # type: ignore[arg-type]
    already = Reversible(ReversibleUNet(4, 1, 1, expansion=1), "stored").build(FRAME, 7)
    assert already.down[0].memory == "stored"  # type: ignore[attr-defined]
