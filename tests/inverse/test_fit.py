"""Gauss–Newton on the likelihood: exact for lines, inside bounds, noise by groups."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import Monitor
from residuum.inverse._fit import fit, start_of
from residuum.inverse._forward import Foretold, Forward
from residuum.inverse._numbers import Numbers
from residuum.inverse._readings import Readings

from .test_forward import NOWHERE, Line

TIMES = np.linspace(0, 1, 30)


def data(values: np.ndarray, noise: list[float], group: np.ndarray | None = None) -> Readings:
    n = len(values)
    zeros = np.zeros(n, int)
    own = zeros if group is None else group
    return Readings(np.zeros((n, 1)), zeros, values, own, np.array(noise))


def known(low: float = -5.0, high: float = 5.0, precision: float = 0.0) -> Numbers:
    bounds = np.array([[low, high]] * 2)
    guess = bounds.mean(axis=1)
    return Numbers(("a", "b"), bounds, np.zeros(2), np.full(2, precision), guess)


class Wave(Forward):
    """Readings sin(a·t) + b, which have many valleys; nothing is solved beyond a = 30."""

    def __call__(self, numbers: np.ndarray) -> Foretold | None:
        if numbers[0] > 30:
            return None
        values = np.sin(numbers[0] * TIMES) + numbers[1]
        slopes = np.column_stack([TIMES * np.cos(numbers[0] * TIMES), np.ones(30)])
        return Foretold(values, slopes, NOWHERE, slopes, values)


def test_a_line_is_fitted_as_by_linear_least_squares() -> None:
    line, random = Line(TIMES), np.random.default_rng(3)
    values = line(np.array([1.0, 2.0])).values + 0.1 * random.normal(size=30)
    found = fit(line, data(values, [0.1]), known(), np.zeros(2), Monitor())
    assert found is not None and found.settled
    exact = np.linalg.lstsq(line.matrix, values)[0]
    # The steps end at a fall of 1e-6 of an objective in units of the noise.
    assert found.numbers == pytest.approx(exact, abs=1e-3 * 0.1)
    assert found.freedom == pytest.approx(28, abs=1e-3)
    assert found.information == pytest.approx(line.matrix.T @ line.matrix / 0.01)


def test_numbers_stay_inside_their_bounds() -> None:
    line = Line(TIMES)
    values = line(np.array([1.0, 2.0])).values
    found = fit(line, data(values, [0.1]), known(0.0, 1.5), np.ones(2), Monitor())
    assert found is not None and found.numbers[1] == pytest.approx(1.5)
    # What the bound forbids the other number makes up for.
    left = values - 1.5 * TIMES
    assert found.numbers[0] == pytest.approx(left.mean(), abs=1e-3)


def test_a_prior_pulls() -> None:
    line = Line(TIMES)
    values = line(np.array([1.0, 2.0])).values
    found = fit(line, data(values, [1.0]), known(precision=4.0), np.zeros(2), Monitor())
    assert found is not None
    exact = np.linalg.solve(line.matrix.T @ line.matrix + 4 * np.eye(2), line.matrix.T @ values)
    assert found.numbers == pytest.approx(exact, abs=1e-3)


def test_unknown_noise_is_estimated_by_group() -> None:
    line, random = Line(np.tile(TIMES, 20)), np.random.default_rng(11)
    group = np.repeat([0, 1], 300)
    size = np.where(group == 0, 0.05, 0.5)
    values = line(np.array([1.0, 2.0])).values + size * random.normal(size=600)
    found = fit(line, data(values, [0.0, 0.0], group), known(), np.zeros(2), Monitor())
    assert found is not None
    # The deviation of an estimated deviation is 1/√600 = 4 %; three of them.
    assert found.noise == pytest.approx([0.05, 0.5], rel=0.12)


def test_a_search_finds_the_right_valley_and_passes_what_cannot_be_solved() -> None:
    values = np.sin(17 * TIMES) + 0.5
    bounds = np.array([[1.0, 60.0], [-1.0, 1.0]])
    wide = Numbers(("a", "b"), bounds, np.zeros(2), np.zeros(2), bounds.mean(axis=1))
    places = wide.places(64)
    start = start_of(Wave(), data(values, [0.01]), wide, places, Monitor())
    assert start is not None
    found = fit(Wave(), data(values, [0.01]), wide, start, Monitor())
    assert found is not None and found.numbers == pytest.approx([17.0, 0.5], abs=1e-4)
    nowhere = np.array([[50.0, 0.0]])
    assert start_of(Wave(), data(values, [0.01]), wide, nowhere, Monitor()) is None
    assert fit(Wave(), data(values, [0.01]), wide, nowhere[0], Monitor()) is None
