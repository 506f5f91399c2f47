"""Operators between channels of mean zero and size one."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from residuum.operators import (
    GridFrame,
    NearestNeighbour,
    Operator,
    Standardised,
    apply,
    takes_any_grid,
)
from tests.operators._families import Two, squares


class Same(Operator):
    """What comes in goes out."""

    def __call__(self, inputs: jnp.ndarray) -> jnp.ndarray:
        return inputs


def test_channels_have_mean_zero_and_size_one_inside() -> None:
    samples = squares(20)
    made = Standardised.around(Same(), samples)
    inside = (samples.inputs - made.inputs[0]) / made.inputs[1]
    # Constants in float32.
    np.testing.assert_allclose([inside.mean(), inside.std()], [0, 1], atol=1e-6)
    found = apply(made, samples.inputs)
    np.testing.assert_allclose(found.mean(), samples.outputs.mean(), rtol=1e-5)
    np.testing.assert_allclose(found.std(), samples.outputs.std(), rtol=1e-5)


def test_a_constant_channel_keeps_its_size() -> None:
    still = replace(squares(5), inputs=np.full((5, 16, 1), 1e-9))
    made = Standardised.around(Same(), still)
    assert made.inputs[1] == 1.0 and np.isfinite(apply(made, still.inputs)).all()


@pytest.mark.parametrize("count", [1, 5, 16, 21])
def test_pieces_of_one_shape_give_what_all_at_once_gives(count: int) -> None:
    samples = squares(count)
    operator = Two().build(GridFrame.of(samples.layout), 3)
    found = apply(operator, samples.inputs, chunk=4)
    whole = np.asarray(operator(jnp.asarray(samples.inputs, jnp.float32)))
    np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)


def test_it_takes_the_grids_that_the_operator_inside_takes() -> None:
    fixed = NearestNeighbour().fit(squares(5))
    assert not takes_any_grid(Standardised.around(fixed, squares(5)))
    assert takes_any_grid(Standardised.around(Same(), squares(5)))
