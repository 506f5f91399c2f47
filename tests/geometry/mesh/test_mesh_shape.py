"""A mesh as a shape."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError, OptionError
from residuum.geometry import Box, Interval, Shape, Sobol
from residuum.geometry.mesh import Mesh, MeshShape, mesh_of
from tests.geometry._cases import ELL, HOLED

CUBE = Box(x=(0, 1), y=(0, 1), z=(0, 1))
FLAT: dict[str, Shape] = {"L": ELL, "cube": CUBE, "gap": Interval(0, 2) - Interval(0.5, 1)}


@pytest.mark.parametrize("name", FLAT)
def test_it_answers_as_the_shape_it_covers(name: str) -> None:
    shape = FLAT[name]
    found = MeshShape(mesh_of(shape, 0.3))
    assert found.axes == shape.axes and found.bounds == pytest.approx(shape.bounds)
    assert found.parts == shape.parts
    assert found.measure() == pytest.approx(shape.measure(), rel=1e-12)
    for part in (*shape.parts, "boundary"):
        assert found.boundary_measure(part) == pytest.approx(shape.boundary_measure(part), rel=1e-9)
        points = shape.sample_boundary(200, part=part, key=6)
        assert found.on_part(points, part, 1e-9).all()
        assert shape.on_part(found.sample_boundary(200, part=part, key=8), part, 1e-9).all()
        assert not found.on_part(shape.sample(200, key=4), part).any()
    edge = shape.sample_boundary(300, key=9)
    assert found.inward_normal(edge) == pytest.approx(shape.inward_normal(edge), abs=1e-9)


def test_samples_are_inside_and_spread_evenly() -> None:
    found = MeshShape(mesh_of(HOLED, 0.2))
    points = found.sample(4096, key=12)
    assert (found.signed_distance(points) < 0).all()
    left = (points[:, 0] < 0.5).mean()
    # The mesh of a symmetric shape is nearly so; scrambled Sobol points vary by 1/sqrt(n) at most.
    assert left == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(points, found.sample(4096, key=12, design=Sobol()))


def test_it_can_be_held_over_time_and_joined() -> None:
    found = MeshShape(mesh_of(ELL, 0.4))
    assert found.over(t=(0, 2)).sample(64, key=5).shape == (64, 3)
    assert (found - Box(x=(0, 0.5), y=(0, 0.5))).measure() == pytest.approx(2.75, rel=4e-3)


def test_equal_meshes_make_equal_shapes() -> None:
    one, same = (MeshShape(mesh_of(ELL, 0.4), source=name) for name in ("a.msh", None))
    mesh = one.mesh
    named = {f"{name}_": facets for name, facets in mesh.parts.items()}
    others = [
        MeshShape(mesh_of(ELL, 0.3)),
        MeshShape(Mesh(mesh.points, mesh.cells, named, axes=mesh.axes)),
        MeshShape(Mesh(mesh.points, mesh.cells, mesh.parts, axes=("p", "q"))),
        MeshShape(Mesh(mesh.points * 2, mesh.cells, mesh.parts, axes=mesh.axes)),
    ]
    assert one == same and hash(one) == hash(same) and one.over(t=(0, 1)) == same.over(t=(0, 1))
    assert all(one != other for other in [*others, ELL])


def test_what_it_cannot_do() -> None:
    found = MeshShape(mesh_of(ELL, 0.4))
    for call in (
        found.implicit,
        found.distance,
        found.part_distances,
        found.over(t=(0, 1)).implicit,
    ):
        with pytest.raises(DomainError, match="shape with an equation"):
            call()
    with pytest.raises(DomainError, match="part among"):
        found.sample_boundary(3, part="lid", key=5)
    with pytest.raises(OptionError, match="a Mesh"):
        MeshShape(ELL)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="name of a file"):
        MeshShape(found.mesh, source=3)  # type: ignore[arg-type]
    mesh = mesh_of(Box(x=(0, 1)), 0.5)
    with pytest.raises(DomainError, match="part name"):
        MeshShape(Mesh(mesh.points, mesh.cells, {"boundary": mesh.boundary()}, axes=("x",)))
