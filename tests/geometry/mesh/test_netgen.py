"""The generator behind its two functions."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from residuum._core._errors import DomainError, MissingExtra
from residuum.geometry.mesh._netgen import Frame, plane_mesh, quiet


def test_frame_goes_there_and_back() -> None:
    frame = Frame(np.array([1e-9, 2.0]), 1e-9)
    points = np.array([(1.5e-9, 2.0), (0.0, 2.0 + 1e-9)])
    assert frame.back(frame.into(points)) == pytest.approx(points, rel=1e-15)


def test_plane_mesh_keeps_the_points_and_names_the_sides() -> None:
    t = 2 * np.pi * np.arange(24) / 24
    points = np.stack([1 + 0.5 * np.cos(t), 2 + 0.5 * np.sin(t)], axis=1)
    ends = np.stack([np.arange(24), (np.arange(24) + 1) % 24], axis=1)
    frame = Frame(np.array([1.0, 2.0]), 1.0)
    found, cells, facets, owner = plane_mesh(frame, points, ends, size=0.2, grading=0.3)
    given = {tuple(point) for point in points}
    assert given <= {tuple(point) for point in found}
    assert cells.max() == len(found) - 1 and set(owner) == set(range(24))
    middle = found[facets].mean(axis=1)
    assert np.allclose(middle, points[ends[owner]].mean(axis=1), atol=0.07)


def test_errors_of_the_generator_are_ours() -> None:
    with pytest.raises(DomainError, match="simplify the shape"), quiet("shape"):
        raise RuntimeError("no edges")


def test_without_netgen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "netgen.meshing", None)
    with pytest.raises(MissingExtra, match="netgen-mesher"), quiet("shape"):
        pass
