"""Coordinates as inputs: what stands still can be learned, on another grid too."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum import train
from residuum._core import OptionError
from residuum.learning import Trainer
from residuum.operators import (
    ConvolutionNetwork,
    GridFrame,
    OperatorArchitecture,
    WithCoordinates,
    relative_error,
)
from tests.operators._families import squares

PLAIN = ConvolutionNetwork(8, 2)


def still(recipe: OperatorArchitecture) -> float:
    """Return the error for answers that stand still, whatever the input."""
    samples = squares(24)
    wave = np.sin(2 * np.pi * np.arange(samples.shape[0]) / samples.shape[0])[:, None]
    fixed = replace(samples, outputs=np.broadcast_to(wave, samples.outputs.shape).copy())
    found = train(recipe, fixed, Trainer(epochs=60, batch=8), progress=False)
    return relative_error(found.operator, fixed)


def test_what_stands_still_is_learned_with_coordinates_alone() -> None:
    # A network that moves with its input can answer no better than the mean, 0.
    assert still(PLAIN) > 0.6
    # Measured 0.01 to 0.03 for five keys.
    assert still(WithCoordinates(PLAIN)) < 0.1


def test_another_grid_is_taken() -> None:
    frame = GridFrame(1, 1, (8,), (1.0,), ("wrap",))
    with jax.enable_x64(False):
        made = WithCoordinates(PLAIN).build(frame, 7)
        assert made(jnp.ones((2, 12, 1))).shape == (2, 12, 1)


def test_another_recipe_is_refused() -> None:
    with pytest.raises(OptionError, match="recipe of an operator"):
        WithCoordinates(3)  # type: ignore[arg-type]
