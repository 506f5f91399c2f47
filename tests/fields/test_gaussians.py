"""Gaussians on a lattice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.blocks import GaussianBumps
from residuum.fields import Frame, Gaussians

CENTRE, HALF = np.zeros(2), np.ones(2)


def lattice(recipe: Gaussians, periodic: tuple[int, ...] = ()) -> GaussianBumps:
    trunk: Any = recipe.trunk(Frame(CENTRE, HALF, periodic, 1), 5)
    assert isinstance(trunk, GaussianBumps)
    return trunk


@pytest.mark.parametrize(("count", "side"), [(25, 5), (30, 5), (31, 6), (1, 2), (3, 2)])
def test_the_lattice_has_the_same_number_along_every_axis(count: int, side: int) -> None:
    centres = np.asarray(lattice(Gaussians(count)).centres)
    assert centres.shape == (side**2, 2)
    assert len(np.unique(centres[:, 0])) == len(np.unique(centres[:, 1])) == side
    np.testing.assert_allclose(centres.mean(axis=0), 0, atol=1e-15)


@pytest.mark.parametrize("overhang", [0.0, 0.5, 1.0])
def test_the_lattice_reaches_beyond_the_ends(overhang: float) -> None:
    bumps = lattice(Gaussians(49, scale=0.5, overhang=overhang))
    axis = np.unique(np.asarray(bumps.centres)[:, 0])
    spacing = axis[1] - axis[0]
    # By the definition of the overhang: the outermost centre is so many spacings outside.
    np.testing.assert_allclose(axis[-1] - 1, overhang * spacing, atol=1e-14)
    np.testing.assert_allclose(np.asarray(bumps.widths), 2 * spacing / 0.5, rtol=1e-13)


def test_a_periodic_axis_is_covered_once() -> None:
    bumps = lattice(Gaussians(36, scale=2.0), (1,))
    axis = np.unique(np.asarray(bumps.centres)[:, 1])
    np.testing.assert_allclose(axis, -1 + np.arange(6) / 3, atol=1e-15)
    np.testing.assert_allclose(np.asarray(bumps.widths)[:, 1], 1 / 3, rtol=1e-14)
    assert bumps.periodic == (1,)
