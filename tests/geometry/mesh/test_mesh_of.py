"""Meshes of shapes: which, how good, how repeatable."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from residuum._core._errors import DomainError, OptionError
from residuum.geometry import Ball, Box, Disc, Polygon, Shape
from residuum.geometry.mesh import MeshShape, mesh_of
from tests.geometry._cases import COMBINED, EXACT, HOLED, SQUARE

MESHED = {k: v for k, v in (EXACT | COMBINED).items() if v.dimension <= 3}


@pytest.mark.parametrize("name", MESHED)
def test_every_shape(name: str) -> None:
    shape = MESHED[name]
    size = 0.15 * float(np.ptp(shape.bounds, axis=1).min())
    mesh = mesh_of(shape, size)
    # Estimated measures are good to 1e-3, chords of a circle of 24 miss 1 % of its area.
    assert mesh.measure == pytest.approx(shape.measure(), rel=0.04 if mesh.curved else 3e-3)
    assert mesh.shape is shape and mesh.axes == shape.axes
    assert set(shape.parts) <= set(mesh.parts)
    assert mesh.quality().min() > 0.3 and mesh.quality().mean() > 0.65
    for part, facets in mesh.parts.items():
        assert len(facets)
        assert shape.on_part(mesh.points[np.unique(facets)], part, 1e-10).all()


@pytest.mark.parametrize("size", [0.0, -1.0, np.nan, np.inf, "0.1"])
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(OptionError, match="positive size"):
        mesh_of(SQUARE, size)


@pytest.mark.parametrize("shape", [SQUARE, HOLED, Ball((0, 0, 0), 1), HOLED.over(t=(0, 1))])
def test_absurdly_fine_is_refused_before_it_is_tried(shape: Shape) -> None:
    with pytest.raises(OptionError, match="larger size"):
        mesh_of(shape, 1e-5)


def test_faults() -> None:
    with pytest.raises(OptionError, match="grading"):
        mesh_of(HOLED, 0.1, grading=2)
    with pytest.raises(DomainError, match="one to three axes"):
        mesh_of(Ball((0,) * 4, 1, axes=tuple("abcd")), 0.1)


def test_coarser_than_the_shape_still_has_it_all() -> None:
    mesh = mesh_of(SQUARE - Disc((0.5, 0.5), 0.02, name="hole"), 100.0)
    assert len(mesh.parts["hole"]) >= 24
    assert mesh.quality().min() > 0.3


def test_metres_and_millimetres_give_the_same_mesh() -> None:
    small = Polygon([(0, 0), (2e-3, 0), (2e-3, 1e-3), (1e-3, 1e-3), (1e-3, 2e-3), (0, 2e-3)])
    large = Polygon([(1000 * x, 1000 * y) for x, y in small.vertices])
    a, b = mesh_of(small, 2e-4), mesh_of(large, 0.2)
    assert np.array_equal(a.cells, b.cells)
    assert 1000 * a.points == pytest.approx(b.points, abs=1e-12)


def test_a_mesh_is_cut_until_it_is_fine_enough() -> None:
    mesh = mesh_of(HOLED, 0.2)
    assert mesh_of(MeshShape(mesh), 1.0) is mesh
    assert len(mesh_of(MeshShape(mesh), 0.1).cells) == 4 * len(mesh.cells)


@pytest.mark.parametrize("hole", [Disc((0.5, 0.5), 0.2), Ball((0.5, 0.5, 0.5), 0.3)])
def test_repeats_itself_in_silence(hole: Shape, capfd: pytest.CaptureFixture[str]) -> None:
    shape = Box(**dict.fromkeys(hole.axes, (0, 1))) - hole
    first, second = mesh_of(shape, 0.4), mesh_of(shape, 0.4)
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.cells, second.cells)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_another_process_makes_the_same_mesh() -> None:
    code = (
        "from residuum.geometry import Disc, Rectangle\n"
        "from residuum.geometry.mesh import mesh_of\n"
        "mesh = mesh_of(Rectangle((0, 0), (1, 1)) - Disc((0.5, 0.5), 0.2, name='hole'), 0.2)\n"
        "import hashlib\n"
        "print(hashlib.sha256(mesh.points.tobytes() + mesh.cells.tobytes()).hexdigest())\n"
    )
    call = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    mesh = mesh_of(HOLED, 0.2)
    own = hashlib.sha256(mesh.points.tobytes() + mesh.cells.tobytes()).hexdigest()
    assert (done.stdout.strip(), done.stderr) == (own, "")


def test_importing_is_cheap() -> None:
    code = (
        "import sys, residuum.geometry.mesh\n"
        "late = {'netgen', 'meshio', 'scipy.spatial', 'scipy.sparse', 'h5py'}\n"
        "assert not late & set(sys.modules), late & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
