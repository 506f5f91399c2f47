"""Sums of products of a branch and a trunk."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import DeepONet, GridFrame, MultiONet
from residuum.operators._deep_onet import at_sensors

FRAME = GridFrame(1, 2, (8, 5), (1.0, 2.0), ("wrap", "zero"))
SMALL: dict[str, Any] = {"width": 4, "layers": 2, "sensors": 5}
X = jnp.asarray(np.random.default_rng(97).normal(size=(3, 8, 5, 1)), jnp.float32)


def test_grids_and_points_agree() -> None:
    operator = DeepONet(**SMALL, features=3).build(FRAME, 5)
    on_grid = operator(X)
    assert on_grid.shape == (3, 8, 5, 2)
    points = jnp.asarray([[0.25, 0.5], [1.25, 0.5], [0.5, 1.0]])
    found = operator.at(X, points)
    np.testing.assert_allclose(found[:, 0], on_grid[:, 2, 2], atol=1e-5)
    np.testing.assert_allclose(found[:, 1], found[:, 0], atol=1e-5)  # one period later
    np.testing.assert_allclose(found[:, 2], on_grid[:, 4, 4], atol=1e-5)


def test_times_come_first() -> None:
    frame = GridFrame(1, 1, (6,), (1.0,), ("zero",), times=3)
    operator = DeepONet(**SMALL).build(frame, 5)
    x = X[:, :6, 0]
    found = operator(x)
    assert found.shape == (3, 3, 6, 1)
    np.testing.assert_allclose(
        operator.at(x, jnp.asarray([[1.0, 0.2]]))[:, 0], found[:, 2, 1], atol=1e-5
    )


def test_linear_branches_give_linear_operators() -> None:
    operator = MultiONet(**SMALL, linear=True).build(FRAME, 5)
    zero = operator(0 * X)
    np.testing.assert_allclose(operator(2 * X) - zero, 2 * (operator(X) - zero), atol=1e-4)
    bent = MultiONet(**SMALL).build(FRAME, 5)
    gap = bent(2 * X) - bent(0 * X) - 2 * (bent(X) - bent(0 * X))
    assert float(abs(gap).max()) > 1e-2


def test_every_layer_counts_in_a_multionet() -> None:
    one, every = (kind(**SMALL).build(FRAME, 5) for kind in (DeepONet, MultiONet))
    factors, functions = every._factors(X), every._functions(jnp.zeros((1, 2)))
    assert len(factors) == len(functions) == 2
    assert len(one._factors(X)) == 1
    pairs = zip(factors, functions, strict=True)
    parts = [(b.reshape(3, 4, 2) * t.reshape(1, 4, 2)).sum(1) / 2 for b, t in pairs]
    found = every.at(X, jnp.zeros((1, 2)))[:, 0]
    np.testing.assert_allclose(found, (parts[0] + parts[1]) / 2, atol=1e-5)


def test_sensors_read_linear_functions_exactly() -> None:
    line = jnp.linspace(0.0, 1.0, 13)[None, :, None]
    np.testing.assert_allclose(
        at_sensors(line, (5,), ("zero",))[0, :, 0], np.linspace(0, 1, 5), atol=1e-6
    )
    wave = jnp.asarray(np.arange(8.0))[None, :, None]
    np.testing.assert_allclose(at_sensors(wave, (4,), ("wrap",))[0, :, 0], [0, 2, 4, 6])


def test_bad_options_are_refused() -> None:
    for kind in (DeepONet, MultiONet):
        with pytest.raises(OptionError, match="positive counts"):
            kind(width=0)
