"""Mesh generators on our shapes: quality, cells, time, and the size of what must be installed.

    python benchmarks/mesh_quality.py            prints the tables

Netgen as the library calls it (`mesh_of`) beside MeshPy's Triangle and TetGen, where MeshPy is
installed, on the same boundary: the outline of each plane shape and the boundary triangles of each
solid, as placed by `mesh_of`. Quality is the mean ratio: 1 for the regular simplex. MeshPy is only
measured: Triangle may not be redistributed commercially, and TetGen is AGPL.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from residuum.geometry import Ball, Box, Disc, Polygon, Shape
from residuum.geometry._combination import Combination
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.geometry.mesh._simplices import quality

ROUNDS = 3
SQUARE = Box(x=(0, 1), y=(0, 1))
CUBE = Box(x=(0, 1), y=(0, 1), z=(0, 1))
ELL = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
HOLES = [Disc((x, y), 0.1) for x in (0.3, 0.7) for y in (0.3, 0.7)]
PLANE: dict[str, tuple[Shape, float]] = {
    "disc": (Disc((0, 0), 1), 0.1),
    "L": (ELL, 0.1),
    "square, four holes": (SQUARE - HOLES[0] - HOLES[1] - HOLES[2] - HOLES[3], 0.05),
    "channel, cylinder": (Box(x=(0, 2.2), y=(0, 0.41)) - Disc((0.2, 0.2), 0.05), 0.05),
    "hole of 1/300": (SQUARE - Disc((0.5, 0.5), 1 / 300), 0.1),
    "slotted disc": (Disc((0, 0), 1) - Box(x=(-0.1, 0.1), y=(-0.5, 2)), 0.1),
}
SOLID: dict[str, tuple[Shape, float]] = {
    "ball": (Ball((0, 0, 0), 1), 0.25),
    "cube less ball": (CUBE - Ball((0.5, 0.5, 0.5), 0.3), 0.15),
    "cube, bored": (CUBE - Disc((0.5, 0.5), 0.2, axes=("y", "z")).over(x=(0, 1)), 0.15),
    "notched cube": (CUBE - Box(x=(0.5, 1), y=(0.5, 1), z=(0.5, 1)), 0.15),
}


def meshpy(shape: Shape, mesh: Mesh) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """Return MeshPy's mesh of the same boundary with cells of at most the same mean measure."""
    facets = mesh.boundary()
    used, places = np.unique(facets, return_inverse=True)
    corners, sides = mesh.points[used].tolist(), places.reshape(facets.shape).tolist()
    holes = _holes(shape)
    most = float(mesh.measures.mean()) * 1.5

    def run() -> tuple[np.ndarray, np.ndarray]:
        info: Any
        if mesh.dimension == 2:
            from meshpy import triangle

            info = triangle.MeshInfo()
        else:
            from meshpy import tet

            info = tet.MeshInfo()
        info.set_points(corners)
        info.set_facets(sides)
        info.set_holes(holes)
        if mesh.dimension == 2:
            made = triangle.build(info, max_volume=most, min_angle=30, allow_boundary_steiner=False)
        else:
            made = tet.build(info, tet.Options("pqYQ"), max_volume=most)
        return np.array(made.points), np.array(made.elements)

    return run


def _holes(shape: Shape) -> list[list[float]]:
    """Return a point in each disc or ball that was taken off inside."""
    found = []
    while isinstance(shape, Combination):
        if isinstance(shape.second, Disc | Ball):
            found.append([float(c) for c in shape.second.center])
        shape = shape.first
    return found


def row(name: str, tool: str, call: Callable[[], tuple[np.ndarray, np.ndarray]]) -> None:
    """Print one line of a table: the median time of a few rounds, and the quality."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        points, cells = call()
        times.append(time.perf_counter() - start)
    q = quality(points, cells.astype(np.int64))
    print(
        f"| {name} | {tool} | {len(cells)} | {q.min():.3f} | {q.mean():.3f} | "
        f"{statistics.median(times):.3f} |"
    )


def megabytes(distribution: str) -> float:
    """Return the size of an installed distribution."""
    files = importlib.metadata.files(distribution) or []
    return sum(file.size or 0 for file in files) / 1e6


def main() -> None:
    """Print the tables."""
    other = importlib.util.find_spec("meshpy") is not None
    print("| shape | generator | cells | least quality | mean quality | seconds |")
    print("|---|---|---|---|---|---|")
    for name, (shape, size) in (PLANE | SOLID).items():
        mesh = mesh_of(shape, size)

        def ours(shape: Shape = shape, size: float = size) -> tuple[np.ndarray, np.ndarray]:
            made = mesh_of(shape, size)
            return made.points, made.cells

        row(name, "Netgen (mesh_of)", ours)
        if other:
            row(name, "MeshPy", meshpy(shape, mesh))
    print("\n| distribution | version | licence | installed MB |\n|---|---|---|---|")
    licences = {"netgen-mesher": "LGPL-2.1", "netgen-occt": "LGPL-2.1 with exception"}
    licences |= {"meshpy": "MIT; Triangle non-commercial, TetGen AGPL"} if other else {}
    for name, licence in licences.items():
        print(
            f"| {name} | {importlib.metadata.version(name)} | {licence} | {megabytes(name):.1f} |"
        )
    square = mesh_of(SQUARE, 1 / 224)
    start = time.perf_counter()
    mesh_of(SQUARE, 1 / 224)
    made = time.perf_counter()
    square.refined()
    whole = time.perf_counter()
    mesh_of(SQUARE, 1 / 224).refined(np.arange(0, len(square.cells), 7))
    print(f"\nsquare of {len(square.cells)} triangles: {made - start:.3f} s")
    print(f"uniform refinement: {whole - made:.3f} s")
    print(f"its mesh and adaptive refinement, every 7th: {time.perf_counter() - whole:.3f} s")


if __name__ == "__main__":
    main()
