"""Solutions in VTK files."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import DomainError, FileError, OptionError, Result, SolveFailed
from residuum.discretise.elements import ElementField
from residuum.discretise.elements._reference import nodes as reference_nodes
from residuum.problem import ExpressionField
from residuum.problem._vtk import EDGES, regular, simplices, suffix_of

from ._statements import gray_scott, heat, lorenz, poisson, poisson_on_disc, t, x, y, z


def answer(problem: rs.Problem, *chosen: Any) -> rs.Solution:
    field = ExpressionField(tuple(map(sp.sympify, chosen)), problem.coordinates)
    return rs.Solution(problem, field, Result.SUCCESSFUL)


def read(path: Path) -> Any:
    return meshio.read(path)


def measure(mesh: Any) -> float:
    """The area of triangles, linear or quadratic, or of quads, by their corners."""
    (block,) = mesh.cells
    corners = {"triangle": 3, "triangle6": 3, "quad": 4}[block.type]
    ring = mesh.points[block.data[:, :corners], :2]
    ahead = np.roll(ring, -1, axis=1)
    cross = ring[..., 0] * ahead[..., 1] - ring[..., 1] * ahead[..., 0]
    return float(abs(cross.sum(axis=1)).sum() / 2)


def pair(domain: rs.Box) -> rs.Problem:
    u, v = (rs.unknown(name, x, y) for name in "uv")
    equations = [rs.Eq(rs.laplacian(u), 0), rs.Eq(rs.laplacian(v), 0)]
    return rs.Problem(domain, equations, [rs.dirichlet(u, 0), rs.dirichlet(v, 0)])


def test_a_box_is_a_regular_grid(tmp_path: Path) -> None:
    path = answer(poisson(), x + 10 * y).to_vtk(tmp_path / "plane.vtu", points=11)
    mesh = read(path)
    assert path == tmp_path / "plane.vtu" and [p.name for p in tmp_path.iterdir()] == ["plane.vtu"]
    assert mesh.cells[0].type == "quad" and len(mesh.cells[0].data) == 100
    assert measure(mesh) == pytest.approx(1.0, rel=1e-12)
    wanted = mesh.points[:, 0] + 10 * mesh.points[:, 1]
    np.testing.assert_allclose(mesh.point_data["v"], wanted, rtol=1e-13, atol=1e-13)


def test_the_longest_side_has_the_points() -> None:
    grid = regular(np.array([[0.0, 2.0], [0.0, 1.0], [0.0, 0.1]]), 11)
    assert len(grid.points) == 11 * 6 * 2 and grid.kind == "hexahedron"
    corners = grid.points[grid.cells]
    # VTK wants the lower face counter-clockwise, then the upper one in the same order.
    edges = [corners[:, k] - corners[:, 0] for k in (1, 3, 4)]
    volumes = np.einsum("ni,ni->n", np.cross(edges[0], edges[1]), edges[2])
    np.testing.assert_allclose(volumes.sum(), 0.2, rtol=1e-12)
    assert (volumes > 0).all()


def test_other_shapes_are_meshed(tmp_path: Path) -> None:
    mesh = read(answer(poisson_on_disc(), x).to_vtk(tmp_path / "disc", points=41))
    assert mesh.cells[0].type == "triangle"
    # A polygon whose sides are at most 0.05·1.5 long: it lacks h²/6 of the area or so, 1e-3.
    assert measure(mesh) == pytest.approx(np.pi, rel=2e-3)
    np.testing.assert_allclose(mesh.point_data["v"], mesh.points[:, 0], atol=1e-13)


def test_shapes_that_cannot_be_meshed_keep_the_cells_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise DomainError("a shape", "another", "None.")

    monkeypatch.setattr("residuum.geometry.mesh.mesh_of", refuse)
    mesh = read(answer(poisson_on_disc(), x).to_vtk(tmp_path / "disc", points=101))
    assert mesh.cells[0].type == "quad"
    assert np.hypot(*mesh.points[:, :2].T).max() <= 1 + 1e-9
    # Cells on the circle are left out: a ring of half a step's diagonal, 0.02·0.7, on average.
    assert np.pi * (1 - 0.05) < measure(mesh) < np.pi
    with pytest.raises(OptionError, match="cells inside"):
        answer(poisson_on_disc(), x).to_vtk(tmp_path / "disc", points=2)


def test_an_evolution_is_an_index_of_times(tmp_path: Path) -> None:
    solution = answer(gray_scott(), t + 10 * x, y)
    path = solution.to_vtk(tmp_path / "spots", times=3, points=5, vectors={"both": ("a", "b")})
    assert path == tmp_path / "spots.pvd"
    rows = ElementTree.parse(path).getroot().findall("Collection/DataSet")
    assert [float(row.attrib["timestep"]) for row in rows] == [0.0, 0.5, 1.0]
    for row in rows:
        mesh = read(tmp_path / row.attrib["file"])
        wanted = float(row.attrib["timestep"]) + 10 * mesh.points[:, 0]
        np.testing.assert_allclose(mesh.point_data["a"], wanted, atol=1e-13)
        columns = [wanted, mesh.points[:, 1], np.zeros(len(wanted))]
        np.testing.assert_allclose(mesh.point_data["both"], np.stack(columns, 1), atol=1e-13)
    assert len(list((tmp_path / "spots_times").iterdir())) == 3


def test_times_of_ones_own(tmp_path: Path) -> None:
    path = answer(heat(), t).to_vtk(tmp_path / "bar.pvd", times=[0.25, 1.0], points=5)
    rows = ElementTree.parse(path).getroot().findall("Collection/DataSet")
    assert [row.attrib["timestep"] for row in rows] == ["0.25", "1.0"]
    mesh = read(tmp_path / rows[0].attrib["file"])
    assert mesh.cells[0].type == "line" and mesh.point_data["u"].tolist() == [0.25] * 5


def test_an_ordinary_equation_is_a_line_along_time(tmp_path: Path) -> None:
    mesh = read(answer(lorenz(), t, 2 * t, 5 - t).to_vtk(tmp_path / "orbit"))
    np.testing.assert_allclose(mesh.point_data["b"], 2 * mesh.points[:, 0], atol=1e-13)
    assert (mesh.points[:, 0].min(), mesh.points[:, 0].max()) == (0.0, 5.0)


def test_columns_follow_the_coordinates_whatever_the_order_of_the_axes(tmp_path: Path) -> None:
    turned = poisson().replace(domain=rs.Box(y=(0, 1), x=(0, 2)))
    names = [c.name for c in turned.coordinates]
    mesh = read(answer(turned, x + 10 * y).to_vtk(tmp_path / "turned", points=9))
    places = dict(zip(names, mesh.points.T, strict=False))
    np.testing.assert_allclose(mesh.point_data["v"], places["x"] + 10 * places["y"], atol=1e-12)
    assert places["x"].max() == 2.0


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_middle_nodes_stand_in_the_order_of_vtk(dimension: int) -> None:
    corners = np.concatenate([np.zeros((1, dimension)), np.eye(dimension)])
    grid = simplices(corners, np.arange(dimension + 1)[None], 2)
    middles = [corners[list(edge)].mean(axis=0) for edge in EDGES[dimension]]
    np.testing.assert_array_equal(grid.points[grid.cells[0]], [*corners, *middles])
    # Curved cells come with the element library's nodes, which have to stand in the same order.
    np.testing.assert_allclose(reference_nodes(dimension, 2), [*corners, *middles], atol=1e-12)


@pytest.mark.parametrize(("order", "kind"), [(1, "triangle"), (2, "triangle6"), (3, "triangle6")])
def test_elements_are_written_on_their_own_mesh(tmp_path: Path, order: int, kind: str) -> None:
    problem = poisson_on_disc()
    solution = rs.solve(problem, rs.FiniteElement(order=order, size=0.4, levels=1), progress=False)
    assert isinstance(solution.field, ElementField)
    mesh = read(solution.to_vtk(tmp_path / "disc.vtu"))
    cells = np.asarray(solution.field.cells)
    assert mesh.cells[0].type == kind and len(mesh.cells[0].data) == len(cells)
    np.testing.assert_array_equal(mesh.cells[0].data[:, :3], cells[:, :3])
    exact = (1 - mesh.points[:, 0] ** 2 - mesh.points[:, 1] ** 2) / 4
    # A parabola: off by h²/8·|u''| for order one; from two on exact but for the curved cells along
    # the edge, where it is off by h³ times a small number.
    assert np.abs(mesh.point_data["v"] - exact).max() < (1e-2 if order == 1 else 3e-4)
    if order > 1:
        middle = mesh.points[mesh.cells[0].data[:, 3:], :2]
        radii = np.hypot(middle[..., 0], middle[..., 1])
        # Middle nodes of the edge are on the circle, not on its chords (cos(0.2) = 0.98).
        assert radii.max() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": "x.pvd"}, "ending in .vtu"),
        ({"path": "no/x.vtu"}, "existing folder"),
        ({"points": 1}, "2 to 1001 points"),
        ({"points": 2.5}, "2 to 1001 points"),
        ({"vectors": {"a": ("v", "w")}}, "a new name for one to three unknowns"),
        ({"vectors": {"v": ("v",)}}, "a new name for one to three unknowns"),
    ],
)
def test_wrong_requests(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    path = tmp_path / options.pop("path", "x.vtu")
    with pytest.raises((FileError, OptionError), match=said):
        answer(poisson(), x).to_vtk(path, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("times", [1, [], [2.0], [float("nan")], True])
def test_wrong_times(tmp_path: Path, times: Any) -> None:
    with pytest.raises(OptionError, match="times"):
        answer(heat(), t).to_vtk(tmp_path / "x.pvd", times=times)
    assert not list(tmp_path.glob("*.pvd"))


def test_more_than_three_dimensions(tmp_path: Path) -> None:
    extra = rs.space("s")
    u = rs.unknown("u", x, y, z, extra)
    domain = rs.Box(x=(0, 1), y=(0, 1), z=(0, 1), s=(0, 1))
    problem = rs.Problem(domain, rs.Eq(rs.laplacian(u), 0), [rs.dirichlet(u, 0)])
    with pytest.raises(OptionError, match="one to three space coordinates"):
        answer(problem, x).to_vtk(tmp_path / "x.vtu")


def test_what_is_not_finite_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(SolveFailed, match="NaN or infinity"):
        answer(poisson(), 1 / x).to_vtk(tmp_path / "x.vtu", points=5)
    assert not list(tmp_path.iterdir())


def test_an_old_index_stays_until_all_times_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = answer(heat(), t)
    path = solution.to_vtk(tmp_path / "bar.pvd", times=2, points=5)
    before = path.read_text()

    def broken(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="disk full"):
        solution.to_vtk(path, times=5, points=5)
    assert path.read_text() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bar.pvd", "bar_times"]


def test_vectors_of_two_unknowns_get_a_third_column(tmp_path: Path) -> None:
    solution = answer(pair(rs.Box(x=(0, 1), y=(0, 1))), x, y)
    mesh = read(solution.to_vtk(tmp_path / "flow", points=5, vectors={"velocity": ("v", "u")}))
    found = mesh.point_data["velocity"]
    np.testing.assert_allclose(found[:, :2], mesh.points[:, 1::-1], atol=1e-14)
    assert not found[:, 2].any()


def test_suffixes() -> None:
    assert [suffix_of(p) for p in (poisson(), heat(), lorenz())] == [".vtu", ".pvd", ".vtu"]
