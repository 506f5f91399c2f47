"""Steps taken again and again."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import Key, OptionError
from residuum.operators import GridFrame, Operator, OperatorArchitecture, RolledOut, Rollout
from residuum.operators._rollout import state_channels

FRAME = GridFrame(2, 1, (4,), (1.0,), ("wrap",), times=3)


class Decay(Operator):
    """The change of channel 1 at the rate of channel 0."""

    rate: Array

    def __call__(self, inputs: Array) -> Array:
        return -self.rate * inputs[..., :1] * inputs[..., 1:]


@dataclass(frozen=True)
class DecayRecipe(OperatorArchitecture):
    def build(self, frame: GridFrame, key: Key) -> Decay:
        assert frame.times == 0
        return Decay(jnp.asarray(0.5))


@pytest.mark.parametrize("looped", [True, False])
def test_states_follow_each_other_and_the_rest_stays(looped: bool) -> None:
    operator = Rollout(DecayRecipe(), looped=looped).build(FRAME, 3)
    x = jnp.asarray(np.random.default_rng(83).uniform(0.5, 1.5, (2, 4, 2)), jnp.float32)
    found = operator(x)
    assert found.shape == (2, 3, 4, 1)
    factor = 1 - 0.5 * x[..., :1]
    for step in range(3):
        np.testing.assert_allclose(found[:, step], x[..., 1:] * factor ** (step + 1), rtol=1e-5)


def test_gradients_run_through_all_steps() -> None:
    x = jnp.ones((1, 4, 2))

    def last(rate: Array) -> Array:
        return RolledOut(Decay(rate), 3, (1,))(x)[0, -1, 0, 0]

    slope = jax.grad(last)(jnp.asarray(0.5))
    assert float(slope) == pytest.approx(-3 * 0.5**2, rel=1e-5)


def test_frames_are_checked() -> None:
    with pytest.raises(OptionError, match="with times"):
        Rollout(DecayRecipe()).build(GridFrame(2, 1, (4,), (1.0,), ("wrap",)), 3)
    with pytest.raises(OptionError, match="for each output"):
        state_channels((0, 1), FRAME)
    with pytest.raises(OptionError, match="for each output"):
        state_channels((5,), FRAME)
    assert state_channels(None, FRAME) == (1,)
