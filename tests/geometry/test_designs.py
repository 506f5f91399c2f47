"""Designs fill the open unit cube, each in its own way."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core._errors import OptionError
from residuum.geometry import Design, Grid, LatinHypercube, Sobol, Uniform

from ._cases import DESIGNS


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: type(design).__name__)
@pytest.mark.parametrize("n", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_every_point_is_in_the_open_cube(design: Design, n: int, dimension: int) -> None:
    unit = design.unit(n, dimension, 7)
    assert unit.shape == (n, dimension)
    assert ((unit > 0) & (unit < 1)).all()
    assert np.array_equal(unit, design.unit(n, dimension, 7))


@pytest.mark.parametrize("design", [Uniform(), LatinHypercube(), Sobol()])
def test_keys_differ(design: Design) -> None:
    assert not np.array_equal(design.unit(8, 2, 7), design.unit(8, 2, 8))
    assert not np.array_equal(design.unit(8, 2, jax.random.key(7)), design.unit(8, 2, 9))


def test_latin_hypercube_has_one_point_per_slice() -> None:
    slices = np.floor(LatinHypercube().unit(50, 3, 7) * 50)
    assert np.array_equal(np.sort(slices, axis=0), np.tile(np.arange(50), (3, 1)).T)


def test_sobol_is_balanced_and_nested() -> None:
    unit = Sobol().unit(256, 2, 7)
    counts, *_ = np.histogram2d(unit[:, 0], unit[:, 1], bins=16, range=[[0, 1], [0, 1]])
    assert (counts == 1).all()
    assert np.array_equal(Sobol().unit(100, 2, 7), unit[:100])


def test_grid_points_are_cell_centres() -> None:
    assert np.allclose(Grid().unit(4, 1, 7)[:, 0], [0.125, 0.375, 0.625, 0.875])
    assert {tuple(row) for row in Grid().unit(4, 2, 7)} == {
        (a, b) for a in (0.25, 0.75) for b in (0.25, 0.75)
    }
    assert len(np.unique(Grid().unit(7, 2, 7), axis=0)) == 7
    assert len(np.unique(Grid().unit(1000, 40, 7), axis=0)) == 1000


def test_errors() -> None:
    with pytest.raises(OptionError):
        Uniform().unit(0, 2, 7)
    with pytest.raises(OptionError):
        Sobol().unit(4, 30_000, 7)
    with pytest.raises(OptionError):
        Grid().unit(4, 0, 7)
