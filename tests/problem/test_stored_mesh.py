"""Meshes among the arrays of an archive: every number is kept, hostile ones are refused."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import residuum as rs
from residuum._core._errors import FileError
from residuum.geometry import Box, Disc, Interval, Shape
from residuum.geometry.mesh import Mesh, MeshShape, mesh_of, write_mesh
from residuum.problem._archive import MOST_WHOLE
from residuum.problem._stored_mesh import MeshesToStore, StoredMeshes

from .test_archive import Document, closed, npy, opened, refused, with_mesh

SHAPES: dict[str, Shape] = {
    "line": Interval(0, 2) - Interval(0.5, 1),
    "disc": Disc((0, 0), 1, name="rim"),
    "cube": Box(x=(0, 1), y=(0, 1), z=(0, 1)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_number_is_kept(name: str) -> None:
    shape, arrays = MeshShape(mesh_of(SHAPES[name], 0.6), source="a.msh"), [np.zeros(3)]
    store = MeshesToStore(arrays)
    assert store.name_of(shape) == store.name_of(shape) == "mesh 0"
    found = StoredMeshes(store.entries, arrays).named("mesh 0", None)
    assert found == shape and isinstance(found, MeshShape) and found.source == "a.msh"
    assert [*found.mesh.parts] == [*shape.mesh.parts]
    assert found.mesh.shape == SHAPES[name] == shape.mesh.shape
    assert found.mesh.refined().measure == shape.mesh.refined().measure


def test_a_mesh_of_a_mesh() -> None:
    inner = MeshShape(mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5))
    mesh = inner.mesh
    outer = MeshShape(Mesh(mesh.points, mesh.cells, mesh.parts, axes=mesh.axes, shape=inner))
    arrays: list[np.ndarray] = []
    store = MeshesToStore(arrays)
    name = store.name_of(outer)
    assert sorted(store.entries) == ["mesh 0", "mesh 1"]
    found = StoredMeshes(store.entries, arrays)
    assert found.named(name, None) == outer
    assert found.named(name, None) is found.named(name, ("x", "y"))


def test_other_axes_and_other_entries_are_refused() -> None:
    arrays: list[np.ndarray] = []
    store = MeshesToStore(arrays)
    name = store.name_of(MeshShape(mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5)))
    found = StoredMeshes(store.entries, arrays)
    with pytest.raises(FileError, match="the axes"):
        found.named(name, ("y", "x"))
    with pytest.raises(FileError, match="a mesh of the file"):
        found.named("mesh 7", None)
    entries: Any
    for entries in (None, [], "text"):
        with pytest.raises(FileError, match="table of meshes"):
            StoredMeshes(entries, arrays)


# Files made up by others.


@pytest.fixture(scope="module")
def meshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good file of a solve on a mesh."""
    return with_mesh(mesh_of(Disc((0, 0), 1), 0.5)).save(
        tmp_path_factory.mktemp("meshed") / "answer.rs"
    )


def remade(path: Path, document: Document, arrays: dict[str, np.ndarray]) -> Path:
    """The file with other arrays, their checksums right."""
    entries = {name: npy(array) for name, array in arrays.items()}
    order = sorted(entries, key=lambda name: int(name.split("/")[1].split(".")[0]))
    document["checksums"] = [hashlib.sha256(entries[name]).hexdigest() for name in order]
    return closed(path, document, entries)


def numbers_of(entries: dict[str, bytes]) -> dict[str, np.ndarray]:
    return {name: np.load(io.BytesIO(content)) for name, content in entries.items()}


SPOILT: dict[str, Callable[[dict[str, Any], dict[str, np.ndarray]], Any]] = {
    "vertex out of range": lambda m, a: change(a, m["cells"], lambda v: v + 1),
    "negative vertex": lambda m, a: change(a, m["cells"], lambda v: v - 1),
    "cells of fractions": lambda m, a: change(a, m["cells"], lambda v: v + 0.0),
    "cells of bytes": lambda m, a: change(a, m["cells"], lambda v: v > 3),
    "no cells": lambda m, a: change(a, m["cells"], lambda v: v[:0]),
    "doubled cells": lambda m, a: change(a, m["cells"], lambda v: np.vstack([v, v])),
    "flat cells": lambda m, a: change(a, m["points"], lambda v: v * [1, 0]),
    "huge points": lambda m, a: change(a, m["points"], lambda v: v * 1e200),
    "points in space": lambda m, a: change(a, m["points"], lambda v: v[:, [0, 1, 1]]),
    "points of whole numbers": lambda m, a: change(a, m["points"], lambda v: v.astype(int)),
    "points in a row": lambda m, a: change(a, m["points"], np.ravel),
    "facets inside": lambda m, a: change(a, m["parts"]["circle"], lambda v: v * 0),
    "facets far off": lambda m, a: change(a, m["parts"]["circle"], lambda v: v - 2**62),
    "facets reshaped": lambda m, a: change(a, m["parts"]["circle"], lambda v: v.reshape(-1, 1)),
    "facets missing": lambda m, a: change(a, m["parts"]["circle"], lambda v: v[1:]),
    "reserved part": lambda m, a: m.update(parts={"boundary": m["parts"]["circle"]}),
    "part without a name": lambda m, a: m.update(parts={"": m["parts"]["circle"]}),
    "parts of a list": lambda m, a: m.update(parts=[]),
    "array by name": lambda m, a: m.update(points="0"),
    "array out of range": lambda m, a: m.update(points=999),
    "negative array": lambda m, a: m.update(points=-1),
    "true as array": lambda m, a: m.update(points=True),
    "axes twice": lambda m, a: m.update(axes=["x", "x"]),
    "axes of code": lambda m, a: m.update(axes=["x", "__import__('os')"]),
    "axes of another problem": lambda m, a: m.update(axes=["x", "z"]),
    "axes of text": lambda m, a: m.update(axes="xy"),
    "source of a number": lambda m, a: m.update(source=3),
    "endless source": lambda m, a: m.update(source="a" * 5000),
    "shape that is itself": lambda m, a: m.update(shape={"mesh": "mesh 0"}),
    "shape that is a file": lambda m, a: m.update(shape={"mesh": "/etc/hosts.msh"}),
    "shape with other axes": lambda m, a: m["shape"].update(axes=["p", "q"]),
    "shape of text": lambda m, a: m.update(shape="disc"),
    "one entry more": lambda m, a: m.update(command="touch"),
    "one entry less": lambda m, a: m.pop("source"),
}


def change(arrays: dict[str, np.ndarray], number: int, rule: Callable[[Any], Any]) -> None:
    arrays[f"arrays/{number}.npy"] = rule(arrays[f"arrays/{number}.npy"])


@pytest.mark.parametrize("name", SPOILT)
def test_meshes_that_are_none_are_refused(meshed: Path, tmp_path: Path, name: str) -> None:
    document, entries = opened(meshed)
    arrays = numbers_of(entries)
    SPOILT[name](document["meshes"]["mesh 0"], arrays)
    refused(remade(tmp_path / "spoilt.rs", document, arrays))


@pytest.mark.parametrize("meshes", [None, [], 3, {}, {"mesh 1": {}}, {"mesh 0": []}])
def test_a_statement_without_its_mesh_is_refused(meshed: Path, tmp_path: Path, meshes: Any) -> None:
    document, entries = opened(meshed)
    document["meshes"] = meshes
    refused(closed(tmp_path / "spoilt.rs", document, entries))


def test_a_stored_statement_opens_no_file(meshed: Path, tmp_path: Path) -> None:
    document, entries = opened(meshed)
    mesh = write_mesh(tmp_path / "disc.vtu", mesh_of(Disc((0, 0), 1), 0.5))
    document["problem"] = document["problem"].replace('"mesh 0"', json.dumps(str(mesh)))
    assert str(mesh) in document["problem"]
    assert "a mesh of the file" in str(refused(closed(tmp_path / "a.rs", document, entries)))


def test_sizes_far_beyond_the_arrays_are_refused(meshed: Path, tmp_path: Path) -> None:
    document, entries = opened(meshed)
    document["field"]["fields"]["degree"] = {"plain": 1 + max(MOST_WHOLE, 10**9)}
    assert "larger than" in str(refused(closed(tmp_path / "a.rs", document, entries)))


def holders(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with one of its keys."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [p for key in keys for p in holders(value[key])]


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.sampled_from([2**31, 2**63, -(2**70), 0.5, -1e300, 1e-320]),
    st.sampled_from(["", "circle", "boundary", "mesh 0", "x", "residuum.fields:MLP", "os:system"]),
    st.text(max_size=6),
    st.sampled_from([[], {}, [0, 1], {"array": 1, "trained": True}, {"items": []}]),
)
SPOIL: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "scaled": lambda a, random: a * random.choice([0, -1, 1e-9, 1e160]),
    "shuffled": lambda a, random: random.permutation(a.ravel()).reshape(a.shape),
    "cut": lambda a, random: a[: random.integers(0, max(len(a), 1))] if a.ndim else a,
    "turned": lambda a, random: a.T,
    "as another type": lambda a, random: a.astype(random.choice(["i1", "f4", "u8", "c16", "?"])),
    "with a wild entry": lambda a, random: wild(a, random),
    "flat": lambda a, random: a.ravel(),
}


def wild(array: np.ndarray, random: np.random.Generator) -> np.ndarray:
    found = array.copy()
    if found.size:
        flat = found.reshape(-1)
        flat[random.integers(found.size)] = np.array(random.choice([-7, 0, 10**6, 2**60])).astype(
            found.dtype
        )
    return found


@seed(20_260_731)
@settings(max_examples=120, deadline=None, database=None)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore")
def test_fuzz_of_a_file_with_a_mesh(meshed: Path, data: st.DataObject) -> None:
    document, entries = opened(meshed)
    arrays = numbers_of(entries)
    random = np.random.default_rng(data.draw(st.integers(2, 2**20), label="seed"))
    for _ in range(data.draw(st.integers(1, 2), label="changes")):
        if data.draw(st.booleans(), label="an array"):
            name = data.draw(st.sampled_from(sorted(arrays)), label="which")
            how = data.draw(st.sampled_from(sorted(SPOIL)), label="how")
            with np.errstate(all="ignore"):
                arrays[name] = np.asarray(SPOIL[how](arrays[name], random))
        else:
            part = data.draw(st.sampled_from(["meshes", "field", ""]), label="part")
            inside = document.get(part, document)
            holder, key = data.draw(st.sampled_from(holders(inside) or holders(document)))
            holder[key] = data.draw(JUNK, label="junk")
    path = remade(meshed.parent / "fuzz.rs", document, arrays)
    try:
        assert isinstance(rs.load(path), rs.Solution)
    except FileError as error:
        assert error.remedy.endswith(".")
