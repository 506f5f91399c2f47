"""Meshes on a line."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import OptionError
from residuum.geometry import Interval
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._line import intervals
from residuum.geometry.mesh._surfaces import surfaces_of


def test_intervals_of_combinations() -> None:
    shape = (Interval(0, 4) - Interval(1, 1.5)) | Interval(4, 5)
    surfaces = surfaces_of(shape)
    assert surfaces is not None
    assert intervals(shape, surfaces) == [(0, 1), (1.5, 5)]


def test_ends_carry_the_names_of_the_members() -> None:
    mesh = mesh_of(Interval(0, 2) - Interval(0.5, 1), 0.3)
    ends = {part: sorted(mesh.points[facets, 0].ravel()) for part, facets in mesh.parts.items()}
    assert ends == {"x_min": [0, 0.5], "x_max": [1, 2]}
    assert mesh.measure == pytest.approx(1.5, rel=1e-14)
    assert mesh.size <= 0.3 and not mesh.curved


def test_rounding_makes_no_gaps() -> None:
    mesh = mesh_of(Interval(0, 0.1 + 0.2) | Interval(0.3, 1), 0.1)
    assert len(mesh.boundary()) == 2 and np.all(mesh.measures > 0)


def test_too_many_cells() -> None:
    with pytest.raises(OptionError, match="5000000 cells"):
        mesh_of(Interval(0, 2) - Interval(0.5, 1), 1e-8)
