"""Solids: boxes, balls and cylinders, joined and cut."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Ball, Box, Disc, Polygon, Shape
from residuum.geometry.mesh import _generator, mesh_of
from residuum.geometry.mesh._surfaces import surfaces_of
from tests.geometry._cases import COMB, ELL

CUBE = Box(x=(0, 1), y=(0, 1), z=(0, 1))
BORE = Disc((0.5, 0.5), 0.2, axes=("y", "z"), name="bore").over(x=(-1, 2))
WEDGE = Polygon([(0, 0), (1, 0), (0, 1)], axes=("y", "z")).over(x=(0.25, 0.75))
PIPE = (Disc((0, 0), 1, axes=("y", "z")) - Disc((0, 0), 0.5, axes=("y", "z"), name="inner")).over(
    x=(0, 1)
)
CASES: dict[str, tuple[Shape, float | None]] = {
    "hollow": (CUBE - Ball((0.5, 0.5, 0.5), 0.3, name="hole"), 1 - 0.036 * np.pi),
    "bored": (CUBE - BORE, 1 - 0.04 * np.pi),
    "notched": (CUBE - Box(x=(0.5, 1), y=(0.5, 1), z=(0.5, 1)), 7 / 8),
    "slotted": (CUBE - Box(x=(0.25, 0.75), y=(0, 1), z=(0.5, 1)), 3 / 4),
    "stepped": (CUBE | Box(x=(1, 2), y=(0, 1), z=(0, 0.5)), 1.5),
    "half ball": (Ball((0, 0, 0), 1) & Box(x=(0, 2), y=(-2, 2), z=(-2, 2)), 2 * np.pi / 3),
    "lens": (Ball((0, 0, 0), 1) & Ball((1, 0, 0), 1, name="other"), 5 * np.pi / 12),
    "apart": (CUBE | Ball((3, 0, 0), 0.5), 1 + np.pi / 6),
    "grooved": (CUBE - WEDGE, 0.75),
    "footed": (CUBE | Polygon(ELL.vertices, axes=("y", "z")).over(x=(0.5, 1.5)), 1 + 3 - 0.5),
    "dented pipe": (PIPE - Ball((0.5, 1, 0), 0.3, name="dent"), None),
}


@pytest.mark.parametrize("name", CASES)
def test_solids(name: str) -> None:
    shape, exact = CASES[name]
    mesh = mesh_of(shape, 0.3)
    # Faceted spheres with about 24 elements around miss a few percent of their volume.
    if exact is None:
        assert mesh.measure == pytest.approx(shape.measure(), rel=0.05)
    else:
        assert mesh.measure == pytest.approx(exact, rel=0.07 if mesh.curved else 1e-12)
        assert abs(mesh.refined().measure - exact) <= 0.3 * abs(mesh.measure - exact) + 1e-12
    # A size of 0.3 puts few cells across these: the mean ratio of finer meshes is above 0.8.
    assert mesh.quality().min() > 0.2 and mesh.quality().mean() > 0.6
    surfaces = surfaces_of(shape)
    assert surfaces is not None
    for part, facets in mesh.parts.items():
        assert part in shape.parts and len(facets)
        gaps = [s.gap(mesh.points[np.unique(facets)]) for s in surfaces if s.part == part]
        assert np.abs(gaps).min(axis=0).max() < 1e-9


def test_names_of_walls_in_one_plane() -> None:
    comb = Polygon(COMB.vertices, axes=("y", "z")).over(x=(0, 1))
    mesh = mesh_of(comb - Ball((0.5, 0.5, 0.5), 0.2, name="hole"), 0.5)
    for part in comb.parts[:-2]:
        assert mesh.boundary_measure(part) == pytest.approx(comb.boundary_measure(part), rel=1e-9)


def test_names_where_planes_of_two_members_coincide() -> None:
    foot = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], axes=("y", "z"), name="foot").over(x=(1, 2))
    mesh = mesh_of(CUBE | foot, 0.3)
    assert mesh.boundary_measure("foot") == pytest.approx(4, rel=1e-9)
    assert mesh.boundary_measure("z_min") == pytest.approx(1, rel=1e-9)


def test_millimetres_far_from_the_origin() -> None:
    small = Box(x=(5, 5.001), y=(0, 0.001), z=(0, 0.001)) - Ball((5.0005, 0.0005, 0.0005), 0.0003)
    mesh = mesh_of(small, 2.5e-4)
    assert mesh.measure == pytest.approx((1 - 0.036 * np.pi) * 1e-9, rel=0.05)


def test_failures_of_the_generator_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_generator, "__file__", "no such program")
    with pytest.raises(DomainError, match=r"mesh of the solid.*exit 2"):
        mesh_of(CASES["hollow"][0], 0.3)
