"""The relative error of each sample."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum.objectives import RelativeL2
from tests.operators._families import squares


def test_it_is_the_ratio_of_norms_sample_by_sample() -> None:
    samples = squares(4)
    wanted, scale = jnp.asarray(samples.outputs), jnp.asarray([1.0, 1.1, 0.5, 3.0])
    found = RelativeL2().on(samples.layout)(scale[:, None, None] * wanted, wanted, wanted)
    np.testing.assert_allclose(found, abs(scale - 1), atol=1e-6)


def test_it_has_a_slope_at_an_exact_answer_and_for_samples_that_vanish() -> None:
    zero = jnp.zeros((2, 16, 1))
    value = RelativeL2().on(squares(2).layout)
    slope = jax.grad(lambda found: value(found, zero, zero).sum())(zero)
    assert bool(jnp.isfinite(slope).all())
