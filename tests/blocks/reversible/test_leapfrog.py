"""Leapfrog marches: gradients of the medium, the sources and the start, far through time."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.blocks.reversible import (
    ReversibleStack,
    WaveForce,
    driven,
    leapfrog,
    reversible_march,
    wave_march,
)

NODES = 32
PLACES = np.eye(NODES, dtype=np.float32)[[5]]


def slopes(march: ReversibleStack, speed: Any, drive: Any) -> Any:
    """Gradients of recorded energy by the speed of waves and by the source."""
    rest = jnp.zeros((1, NODES), drive.dtype)

    def value(speed: Any, drive: Any) -> Any:
        at = eqx.tree_at(lambda s: s.groups[0].shared.shifts[1].force.speed, march, speed)
        found = at.outcome((rest, rest), drive)
        return (found.records[0] ** 2).sum() + (found.state[0] ** 2).sum()

    return jax.jit(jax.grad(value, argnums=(0, 1)))(speed, drive)


@pytest.mark.parametrize("saturation", [0.0, 0.5])
def test_the_gradient_is_that_of_plain_backpropagation(saturation: float) -> None:
    with double_precision():
        random = np.random.default_rng(79)
        speed = jnp.asarray(1 + 0.1 * random.normal(size=NODES))
        drive = jnp.asarray(random.normal(size=(40, 1)))
        force = WaveForce(speed, (1.0,), ("zero",), saturation)
        step = leapfrog(force, 0.5, places=PLACES, probes=[[9, 20]])
        probe = (jax.ShapeDtypeStruct((1, NODES), jnp.float64),) * 2
        found, true = (
            slopes(reversible_march(step, 40, probe, drive_at=driven, memory=memory), speed, drive)
            for memory in ("reversible", "stored")
        )
        for a, b in zip(found, true, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11 * float(jnp.abs(b).max()))


@pytest.mark.slow
def test_thousands_of_single_precision_steps() -> None:
    """Kept states a thousand steps apart, and a gradient through 2,500 steps."""
    speed = jnp.ones(NODES)
    drive = jnp.asarray(np.sin(np.arange(2500) / 4)[:, None] * (np.arange(2500) < 200)[:, None])
    drive = drive.astype(jnp.float32)
    step = leapfrog(WaveForce(speed, (1.0,), ("wrap",)), 0.5, places=PLACES, probes=[[20]])
    march = wave_march(step, 2500, (1, NODES))
    assert march.checkpoint_every == 1000 and march.round_trip < 1e-4
    plain = ReversibleStack(
        march.groups, 0, "", march.limit, "nan", "stored", march.round_trip, driven
    )
    found, true = (slopes(item, speed, drive) for item in (march, plain))
    for a, b in zip(found, true, strict=True):
        assert float(jnp.abs(a - b).max() / jnp.abs(b).max()) < 1e-3


def test_wrong_use() -> None:
    step = leapfrog(WaveForce(np.ones(NODES), (1.0,), ("zero",)), 0.5, places=PLACES)
    probe = (jnp.ones((1, NODES)), jnp.zeros((1, NODES)))
    march = reversible_march(step, 3, probe, drive_at=driven)
    with pytest.raises(OptionError, match="a drive of 3 steps"):
        march(probe, jnp.zeros((4, 1)))
    with pytest.raises(OptionError, match="a positive spacing"):
        WaveForce(np.ones(3), (0.0,), ("zero",))
