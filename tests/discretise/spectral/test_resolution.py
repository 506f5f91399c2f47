"""Advice on nodes and maps, read off a solution."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, GridField, advise


def steady(count: int, width: float, centre: float) -> GridField:
    axis = ChebyshevAxis(-1.0, 1.0, count)
    values = np.tanh((axis.nodes - centre) / width)[:, None]
    return GridField(jnp.asarray(values), jnp.zeros(0), (), (axis.data,))


@pytest.mark.parametrize("centre", [0.0, -0.4, 0.6])
def test_a_layer_is_found_and_saves_nodes(centre: float) -> None:
    with double_precision():
        advice = advise(steady(600, 0.02, centre), 0, target=1e-8, noise=1e-13)
    axis = advice.axis
    assert isinstance(axis, ChebyshevAxis)
    assert axis.layer.centre == pytest.approx(centre, abs=0.01)
    assert axis.layer.sharpness > 3
    # Without a map 600 nodes are needed for 1e-8; the advice holds what it promises.
    assert axis.count < 200
    values = np.tanh((axis.nodes - centre) / 0.02)
    points = np.linspace(-1, 1, 1500)
    error = axis.basis(points, 0)[0] @ values - np.tanh((points - centre) / 0.02)
    assert np.abs(error).max() < 1e-6


def test_smooth_solutions_are_left_alone() -> None:
    with double_precision():
        advice = advise(steady(48, 1.0, 0.2), 0, target=1e-8, noise=1e-13)
    assert isinstance(advice.axis, ChebyshevAxis)
    assert advice.axis.count < 48
    assert advice.tail < 1e-12


def test_an_unresolved_profile_asks_for_many_more() -> None:
    with double_precision():
        advice = advise(steady(16, 1e-4, 0.0), 0, target=1e-8, noise=1e-13)
    assert advice.tail > 1e-2
    assert advice.axis.count > 30
