"""Factorised weights: equal to the dense tensor they stand for, of the same size at the start."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Canonical, Full, TensorTrain, Tucker, WeightForm, WeightShape
from residuum.blocks._spectral_weights import FullWeights

FORMS = [Tucker(0.3), Canonical(0.3), TensorTrain(0.3)]
each = pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)


@each
@pytest.mark.parametrize("parts", [1, 2])
def test_factor_by_factor_equals_the_tensor_rebuilt(form: WeightForm, parts: int) -> None:
    shape = WeightShape(2, (5, 3), 4, 3, parts)
    weights = form.build(shape, jax.random.key(29))
    tensor = weights.dense()
    assert tensor.shape == (2, 5, 3, 4, parts, 3)
    z = jnp.asarray(np.random.default_rng(31).normal(size=(2, 5, 3, parts, 4)), jnp.float32)
    keep = (np.array([0, 1, 4]), np.arange(2))
    found = weights.mix(z[:, :3, :2], 1, keep)
    wanted = FullWeights(tensor).mix(z[:, :3, :2], 1, keep)
    np.testing.assert_allclose(found, wanted, atol=2e-5 * float(abs(wanted).max()))


def test_products_of_complex_numbers() -> None:
    rng = np.random.default_rng(37)
    w, z = (rng.normal(size=s) + 1j * rng.normal(size=s) for s in ((5, 4, 3), (2, 5, 4)))
    pair = np.stack([w.real, w.imag], axis=2)[None]
    given = jnp.asarray(np.stack([z.real, z.imag], axis=2))
    found = np.asarray(FullWeights(jnp.asarray(pair)).mix(given, 0, (np.arange(5),)))
    wanted = np.einsum("nka,kab->nkb", z, w)
    np.testing.assert_allclose(found[:, :, 0] + 1j * found[:, :, 1], wanted, atol=1e-5)


@each
def test_numbers_start_with_the_variance_of_dense_ones(form: WeightForm) -> None:
    shape = WeightShape(2, (5, 4), 6, 6, 2)
    build = jax.jit(jax.vmap(lambda key: form.build(shape, key).dense()))
    sizes = np.asarray(build(jax.random.split(jax.random.key(41), 300)))
    # Products of factors have heavy tails: 300 tensors scatter by about five per cent.
    assert np.mean(sizes**2) == pytest.approx(shape.variance, rel=0.2)
    assert abs(np.mean(sizes)) < 0.02


@each
def test_ranks_are_shares_of_the_numbers(form: WeightForm) -> None:
    shape = WeightShape(4, (13, 7), 16, 16, 2)
    dense = Full().build(shape, jax.random.key(43)).count
    assert dense == shape.count
    assert 0.2 * dense < form.build(shape, jax.random.key(43)).count <= 0.31 * dense


def test_ranks_out_of_range_are_refused() -> None:
    with pytest.raises(OptionError, match="rank above 0"):
        Tucker(0.0)
