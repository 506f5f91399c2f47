"""A network of reversible layers: the same gradients in less memory, and what it refuses."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError
from residuum.fields import Frame, ReversibleMLP
from residuum.learning import Adam
from residuum.learning.rules import Backpropagation

FRAME = Frame(np.zeros(2), np.ones(2), (), 1)
INDICES = [(0, 0), (1, 0), (2, 0), (0, 2)]


def loss(field: Any, points: Any) -> Any:
    jet = field.jet(points, INDICES)
    return sum(jnp.sum(jet.derivative(index) ** 2) for index in INDICES)


def gradient(memory: Any, depth: int = 3) -> tuple[Any, Any]:
    field = ReversibleMLP(6, depth, memory=memory).build(FRAME, 7)
    points = jnp.asarray(np.random.default_rng(5).uniform(-1, 1, (40, 2)))
    return eqx.filter_value_and_grad(loss)(field, points)


def test_the_gradient_of_derivatives_is_the_one_with_everything_stored() -> None:
    with jax.enable_x64(True):
        one, two = gradient("stored"), gradient("reversible")
    assert float(one[0]) == pytest.approx(float(two[0]), rel=1e-12)
    for a, b in zip(jax.tree.leaves(one[1]), jax.tree.leaves(two[1]), strict=True):
        size = float(np.abs(np.asarray(a)).max())
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * size)


def test_layers_are_undone() -> None:
    field = ReversibleMLP(6, 3).build(FRAME, 7)
    layers = field.trunk.blocks[-1].blocks[-1]  # type: ignore[attr-defined]
    x = jax.random.normal(jax.random.key(3), (9, 12))
    np.testing.assert_allclose(layers.inverse(layers(x)), x, atol=1e-5)


@pytest.mark.slow
def test_memory_does_not_grow_with_depth() -> None:
    def bytes_of(memory: Any, depth: int) -> int:
        field = ReversibleMLP(16, depth, memory=memory).build(FRAME, 7)
        moving, fixed = eqx.partition(field, eqx.is_inexact_array)
        points = jax.ShapeDtypeStruct((4000, 2), jnp.float32)
        step = jax.jit(jax.grad(lambda part, x: loss(eqx.combine(part, fixed), x)))
        found = step.lower(moving, points).compile().memory_analysis()
        assert found is not None
        return int(found.temp_size_in_bytes)

    # Measured: 14.7 MiB at both depths; stored 46 and 222 MiB.
    assert bytes_of("reversible", 24) < 1.3 * bytes_of("reversible", 4)
    assert bytes_of("stored", 24) > 3 * bytes_of("stored", 4)


@pytest.mark.slow
def test_it_solves_with_constant_memory() -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    rope = rs.Problem(rs.Box(x=(0, 1)), rs.Eq(-u.diff(x, 2), 1), [rs.dirichlet(u, 0)])
    rule = Backpropagation(descent=Adam(steps=600))
    found = rs.solve(rope, rs.PINN(ReversibleMLP(8, 3, memory="reversible"), rule), progress=False)
    # A parabola of height 1/8; measured within 1.3e-4 of it for three keys.
    assert abs(float(found(x=0.5)) - 0.125) < 0.01 * 0.125


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(OptionError, match="one of"):
        ReversibleMLP(memory="none")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="depth"):
        ReversibleMLP(depth=0)
