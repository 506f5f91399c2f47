"""Meshes: what is refused, what is answered, refinement."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residuum._core._errors import DomainError, OptionError
from residuum.geometry import Ball, Box, Disc, Interval, Shape
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.geometry.mesh._mesh import MOST_CELLS
from residuum.geometry.mesh._simplices import facet_keys, volumes
from tests.geometry._cases import HOLED, STAR

SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=np.float64)
TWO = np.array([(0, 1, 2), (0, 2, 3)])
SIDES = np.array([(0, 1), (1, 2), (2, 3), (3, 0)])


def square(**changes: Any) -> Mesh:
    given: dict[str, Any] = {
        "points": SQUARE,
        "cells": TWO,
        "parts": {"wall": SIDES},
        "axes": ("x", "y"),
    }
    return Mesh(**(given | changes))


def test_mesh_answers() -> None:
    mesh = square(cells=TWO[:, ::-1])
    assert (volumes(mesh.points, mesh.cells) > 0).all()
    assert mesh.dimension == 2 and mesh.measure == 1 and not mesh.curved
    assert mesh.size == pytest.approx(np.sqrt(2)) and mesh.sizes.shape == (2,)
    assert mesh.edges().tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [2, 3]]
    assert mesh.edge_midpoints()[1].tolist() == [0.5, 0.5]
    assert mesh.boundary_measure() == mesh.boundary_measure("wall") == 4
    assert "2 triangles" in repr(mesh)
    with pytest.raises(ValueError, match="read-only"):
        mesh.points[0] = 1


def test_pickles_and_leaves_the_given_arrays_alone() -> None:
    points = SQUARE.copy()
    mesh = square(points=points)
    points += 1
    again = pickle.loads(pickle.dumps(mesh))
    assert np.array_equal(again.points, SQUARE) and again.parts.keys() == mesh.parts.keys()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": SQUARE[:, :1]}, r"points \(n, d\)"),
        ({"points": np.where(SQUARE > 0, np.nan, SQUARE)}, "finite points"),
        ({"cells": TWO + 1}, "vertex numbers"),
        ({"cells": TWO[:1]}, "belong to cells"),
        ({"cells": np.array([(0, 1, 2), (0, 2, 3), (0, 1, 1)])}, "volume"),
        ({"cells": np.array([(0, 1, 2), (0, 2, 3), (1, 2, 0)])}, "at most two"),
        ({"cells": np.array([(0, 1, 2), (0, 2, 3), (1, 0, 2), (2, 1, 0)])}, "at most two"),
        ({"parts": {"wall": SIDES[:3]}}, "1 in none"),
        ({"parts": {"wall": SIDES, "lid": SIDES[:1]}}, "1 named twice"),
        ({"parts": {"wall": np.vstack([SIDES, (0, 2)])}}, "1 not on the boundary"),
        ({"axes": ("x",)}, "axis names"),
    ],
)
def test_faults(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        square(**changes)


@pytest.mark.parametrize("marked", [[9], [-1], [0.5], np.ones((2, 2)), np.ones(5, dtype=bool)])
def test_marks_that_are_no_cells(marked: Any) -> None:
    with pytest.raises(OptionError, match="numbers of cells"):
        square().refined(marked)


def test_refinement_stops_at_five_million_cells() -> None:
    mesh = mesh_of(Interval(0, 1), 1.0 / (MOST_CELLS // 2 + 2))
    with pytest.raises(OptionError, match="at most"):
        mesh.refined()


SHAPES: dict[str, Shape] = {
    "line": Interval(0, 1),
    "holed": HOLED,
    "star": STAR,
    "box": Box(x=(0, 1), y=(0, 1), z=(0, 1)),
    "bored": Box(x=(0, 1), y=(0, 1), z=(0, 1)) - Ball((0.5, 0.5, 0.5), 0.3, name="hole"),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("marked", [None, "some"])
def test_refinement(name: str, marked: str | None) -> None:
    mesh = mesh_of(SHAPES[name], 0.25)
    chosen = None if marked is None else np.arange(0, len(mesh.cells), 5)
    finer = mesh.refined(chosen)
    # Nested: the old points come first, in order.
    assert np.array_equal(finer.points[: len(mesh.points)], mesh.points)
    assert (finer.measures > 0).all()
    assert len(finer.cells) > len(mesh.cells)
    if marked is None:
        assert len(finer.cells) == 2**mesh.dimension * len(mesh.cells)
        assert np.array_equal(finer.points[len(mesh.points) :], mesh.edge_midpoints())
    if not mesh.curved:
        assert finer.measure == pytest.approx(mesh.measure, rel=1e-12)
    assert finer.quality().min() > 0.45 * mesh.quality().min()
    for part, facets in finer.parts.items():
        shape = SHAPES[name]
        assert shape.on_part(finer.points[np.unique(facets)], part, 1e-10).all()


def test_marked_cells_are_gone() -> None:
    mesh = mesh_of(STAR, 0.2)
    marked = np.arange(0, len(mesh.cells), 7)
    finer = mesh.refined(marked)
    left = set(facet_keys(finer.cells, 10**6).tolist())
    assert not left & set(facet_keys(mesh.cells[marked], 10**6).tolist())
    mask = np.zeros(len(mesh.cells), dtype=bool)
    mask[marked] = True
    assert np.array_equal(mesh.refined(mask).cells, finer.cells)
    assert np.array_equal(mesh.refined([]).cells, mesh.cells)


@pytest.mark.parametrize(
    ("shape", "exact"),
    [
        (Disc((1, 2), 0.5), np.pi / 4),
        (HOLED, 1 - 0.04 * np.pi),
        (Ball((0, 1, 0), 2), 32 * np.pi / 3),
        (Disc((0, 0), 1) & Disc((1, 0), 1), 2 * np.pi / 3 - np.sqrt(3) / 2),
    ],
)
def test_measures_converge_with_order_two(shape: Shape, exact: float) -> None:
    # A chord of a circle misses a share of its arc's area that falls with its length squared.
    mesh = mesh_of(shape, 0.25 * float(np.ptp(shape.bounds, axis=1).min()))
    errors = []
    for _ in range(3):
        errors.append(abs(mesh.measure - exact))
        mesh = mesh.refined()
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("name", ["holed", "bored"])
def test_midpoints_of_boundary_edges_are_on_the_boundary(name: str) -> None:
    mesh = mesh_of(SHAPES[name], 0.25)
    assert mesh.curved
    ends = mesh.edges()
    keys = {tuple(row) for row in ends.tolist()}
    assert len(keys) == len(ends)
    facets = mesh.parts["hole"]
    pairs = [(0, 1)] if mesh.dimension == 2 else [(0, 1), (0, 2), (1, 2)]
    on = {tuple(row) for i, j in pairs for row in facets[:, [i, j]].tolist()}
    chosen = [k for k, row in enumerate(ends.tolist()) if tuple(row) in on]
    gap = SHAPES[name].signed_distance(mesh.edge_midpoints()[chosen])
    assert np.abs(gap).max() < 1e-10


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 2**30))
def test_random_refinement_conforms(seed: int) -> None:
    random = np.random.default_rng(seed)
    axes = ("x", "y", "z")[: random.integers(1, 4)]
    mesh = mesh_of(Box(**{axis: (0, random.uniform(0.5, 2)) for axis in axes}), 0.6)
    measure = mesh.measure
    for _ in range(3):
        # The constructor refuses what does not fit together.
        mesh = mesh.refined(np.flatnonzero(random.random(len(mesh.cells)) < 0.3))
    assert mesh.measure == pytest.approx(measure, rel=1e-12)
    assert mesh.boundary_measure() == pytest.approx(
        sum(mesh.boundary_measure(part) for part in mesh.parts), rel=1e-12
    )
