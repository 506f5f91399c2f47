"""Tests of the field of cell means."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from residuum import discretise
from residuum._core import Result, in_double_precision
from residuum.discretise.volumes import Cells, VolumeField, field_of
from residuum.problem import Solution, load

from ._laws import advection


def plane(periodic: tuple[bool, bool] = (False, False)) -> VolumeField:
    """The function (1 + 2t)(3 + x - 2y) and a step, on 4 by 6 cells at three times."""
    cells = Cells((0.0, -1.0), (2.0, 2.0), (4, 6), periodic)
    px, py = cells.centres.T.reshape(2, 4, 6)
    times = np.array([0.0, 0.5, 2.0])
    first = (1 + 2 * times)[:, None, None] * (3 + px - 2 * py)
    second = np.broadcast_to((px > 1).astype(float), first.shape)
    return field_of(cells, times, np.stack([first, second], axis=1), 2.0)


POINTS = np.random.default_rng(53).uniform([0, 0, -1], [2, 2, 2], (40, 3))


@in_double_precision
def test_linear_functions_are_exact_with_their_derivatives() -> None:
    jet = plane().jet(jnp.asarray(POINTS), [(1, 1, 0), (0, 0, 1), (0, 1, 1), (2, 0, 0), (0, 2, 0)])
    t, x, y = POINTS.T
    shape = 3 + x - 2 * y
    expected = {
        (0, 0, 0): (1 + 2 * t) * shape,
        (1, 0, 0): 2 * shape,
        (0, 1, 0): 1 + 2 * t,
        (0, 0, 1): -2 * (1 + 2 * t),
        (1, 1, 0): 2 + 0 * t,
        (0, 1, 1): 0 * t,
        (2, 0, 0): 0 * t,
        (0, 2, 0): 0 * t,
    }
    for index, value in expected.items():
        np.testing.assert_allclose(jet.derivative(index)[:, 0], value, rtol=0, atol=1e-12)


@in_double_precision
def test_steps_stay_steps() -> None:
    values = np.asarray(plane()(jnp.asarray(POINTS)))[:, 1]
    np.testing.assert_array_equal(values, POINTS[:, 1] > 1)


@in_double_precision
def test_times_and_places_beyond_the_ends_are_held() -> None:
    field = plane()
    ends = jnp.asarray([[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [5.0, 2.0, 0.0], [2.0, 3.0, 0.0]])
    values = np.asarray(field(ends))
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_array_equal(values[2], values[3])


@in_double_precision
def test_samples_equal_points() -> None:
    random = np.random.default_rng(59)
    for ring in ((False, False), (True, False), (True, True)):
        cells = Cells((0.0, -1.0), (2.0, 2.0), (5, 4), ring)
        states = random.normal(size=(3, 2, 5, 4))
        field = field_of(cells, np.array([0.0, 0.5, 2.0]), states, 2.0)
        times = np.array([0.1, 1.9])
        found = field.sampled(times, 3)
        lines = [cells.line(k, (np.arange(3) + 0.5) / 3) for k in (0, 1)]
        points = np.stack([g.ravel() for g in np.meshgrid(times, *lines, indexing="ij")], axis=1)
        flat = np.asarray(field(jnp.asarray(points)))
        np.testing.assert_allclose(found.reshape(-1, 2), flat, rtol=0, atol=1e-13)
        np.testing.assert_allclose(field.numeric(points), flat, rtol=0, atol=1e-13)
        # The mean over a cell is the stored mean: slopes add nothing to it.
        means = found.reshape(2, 5, 3, 4, 3, 2).mean(axis=(2, 4))
        stored = np.moveaxis(states, 1, -1)
        expected = [0.8 * stored[0] + 0.2 * stored[1], (0.1 * stored[1] + 1.4 * stored[2]) / 1.5]
        np.testing.assert_allclose(means, expected, rtol=0, atol=1e-13)


@in_double_precision
def test_a_single_state_is_held() -> None:
    cells = Cells((0.0,), (1.0,), (4,), (True,))
    field = field_of(cells, np.array([0.0]), np.arange(4.0).reshape(1, 1, 4), 1.0)
    np.testing.assert_allclose(field(jnp.asarray([[0.7, 0.625]])), [[2.0]])


def test_saved_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discretise, "VolumeField", VolumeField, raising=False)
    monkeypatch.setattr(discretise, "__all__", [*discretise.__all__, "VolumeField"])
    problem = advection(1)
    states = np.random.default_rng(61).normal(size=(2, 1, 8))
    cells = Cells((0.0,), (1.0,), (8,), (True,))
    with_field = field_of(cells, np.array([0.0, 1.0]), states, 1.0)
    path = Solution(problem, with_field, Result.SUCCESSFUL).save(tmp_path / "ring.rs")
    points = np.random.default_rng(67).uniform(size=(20, 2))
    again = load(path)
    assert isinstance(again.field, VolumeField) and again.field.periodic == (True,)
    np.testing.assert_allclose(
        again.at(points), Solution(problem, with_field, Result.SUCCESSFUL).at(points), rtol=1e-6
    )
