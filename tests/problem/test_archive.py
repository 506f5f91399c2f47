"""Solutions in files: what is written is read back; a hostile file runs nothing."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import (
    Certificate,
    FileError,
    Posterior,
    Record,
    ResiduumError,
    Result,
    double_precision,
)
from residuum.fields import frame_of
from residuum.geometry import Box, Disc
from residuum.geometry.mesh import Mesh, MeshShape, mesh_of, write_mesh
from residuum.problem import ExpressionField, GridFunction, pointwise, scaling, write_problem
from residuum.problem._archive import FORMAT, MOST_DEPTH, load, save

from ._statements import bar, callable_coefficient, gray_scott, heat, poisson_on_disc, t, w, x, y

Document = dict[str, Any]


def answer(problem: rs.Problem, *chosen: Any, **options: Any) -> rs.Solution:
    field = ExpressionField(tuple(map(sp.sympify, chosen)), problem.coordinates)
    return rs.Solution(problem, field, options.pop("result", Result.SUCCESSFUL), **options)


def full() -> rs.Solution:
    """A solution with something in every part."""
    record = Record("fake(3)", "7", {"total": 1.25}, 12.5, {"steps": 3}, 40)
    record.notes.append("a note with ünïcode")
    record.history["loss"] = [1.0, 0.1, 1e-300]
    bound = Certificate("bound", 1e-3, 2e-3, "energy", ("one", "two"), 0.5)
    return answer(
        heat(),
        sp.exp(-t) * sp.sin(sp.pi * x) + sp.Rational(1, 3),
        result=Result.TOLERANCE_REACHED,
        certificate=bound,
        record=record,
        parameters={"D": 0.1 + 0.2},
    )


def with_arrays() -> rs.Solution:
    """A field of random features, its numbers in arrays."""
    problem = heat()
    with double_precision():
        field = rs.fields.RandomTanh(count=30).build(frame_of(problem, scaling(problem)), 11)
        head = np.random.default_rng(13).normal(size=field.head.shape)
        field = field.with_head(field.head + head)
    return rs.Solution(problem, field, Result.SUCCESSFUL)


POINTS = np.random.default_rng(17).uniform(0, 1, (50, 2))


def test_everything_is_read_back(tmp_path: Path) -> None:
    old = full()
    path = old.save(tmp_path / "answer.rs")
    assert path == tmp_path / "answer.rs"
    new = rs.load(path)
    assert new.result is old.result
    assert new.certificate == old.certificate
    assert new.record == old.record
    assert new.parameters == {"D": 0.1 + 0.2}
    assert new.names == old.names and new.problem.name == "heat"
    assert new.problem.residuals == old.problem.residuals
    assert (new.at(POINTS) == old.at(POINTS)).all()


def test_a_second_trip_changes_nothing(tmp_path: Path) -> None:
    first = full().save(tmp_path / "first.rs")
    second = rs.load(first).save(tmp_path / "second.rs")
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        assert one.read("residuum.json") == two.read("residuum.json")


def test_arrays_are_read_back_to_the_last_digit(tmp_path: Path) -> None:
    old = with_arrays()
    new = rs.load(old.save(tmp_path / "answer.rs"))
    assert (new.at(POINTS) == old.at(POINTS)).all()
    assert (new.at(POINTS, (1, 2)) == old.at(POINTS, (1, 2))).all()


def test_arrays_are_readable_by_numpy_alone(tmp_path: Path) -> None:
    path = with_arrays().save(tmp_path / "answer.rs")
    with zipfile.ZipFile(path) as box:
        names = [name for name in box.namelist() if name.startswith("arrays/")]
        arrays = [np.load(io.BytesIO(box.read(name)), allow_pickle=False) for name in names]
    assert len(arrays) >= 3 and all(array.dtype == np.float64 for array in arrays)


def test_a_discretised_answer_is_read_back(tmp_path: Path) -> None:
    problem = bar(rs.Eq(-w.diff(x, 2), 1))
    old = rs.solve(problem, rs.Spectral(modes=8), progress=False)
    new = rs.load(old.save(tmp_path / "answer.rs"))
    points = POINTS[:, :1]
    assert (new.at(points) == old.at(points)).all()


# Answers of every classical method, and imported meshes.


def on_disc(mesh: Mesh | None = None) -> rs.Problem:
    domain = Disc((0, 0), 1) if mesh is None else MeshShape(mesh)
    u = rs.unknown("u", x, y)
    return rs.Problem(domain, rs.Eq(-rs.laplacian(u), 1 + x), [rs.dirichlet(u, 0)])


def evolving_disc() -> rs.Problem:
    start = rs.initial(w2 := rs.unknown("w", t, x, y), 1 - x**2 - y**2)
    equation = rs.Eq(w2.diff(t), rs.laplacian(w2))
    return rs.Problem(Disc((0, 0), 1).over(t=(0, 0.1)), equation, [start, rs.dirichlet(w2, 0)])


def ring() -> rs.Problem:
    q = rs.unknown("q", t, x)
    around = [rs.initial(q, sp.sin(2 * sp.pi * x)), rs.periodic(q, x)]
    return rs.Problem(Box(t=(0, 0.1), x=(0, 1)), rs.Eq(q.diff(t) + q.diff(x)), around)


def decay() -> rs.Problem:
    q = rs.unknown("q", t)
    return rs.Problem(Box(t=(0, 1)), rs.Eq(q.diff(t), -q), [rs.initial(q, 1)])


ANSWERS: dict[str, tuple[Callable[[], rs.Problem], Any, str]] = {
    "elements": (on_disc, rs.FiniteElement(), "ElementField"),
    "elements in time": (evolving_disc, rs.FiniteElement(), "ElementField"),
    "volumes": (ring, rs.FiniteVolume(), "VolumeField"),
    "time": (decay, rs.TimeIntegration(), "GridField"),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "elements in time" else ())
        for name in ANSWERS
    ],
)
def test_answers_of_classical_methods_are_read_back(tmp_path: Path, name: str) -> None:
    pose, method, kind = ANSWERS[name]
    old = rs.solve(pose(), method, tol=3e-2, progress=False)
    new = rs.load(old.save(tmp_path / "answer.rs"))
    assert type(new.field).__name__ == kind == type(old.field).__name__
    assert new.record == old.record and new.problem.domain == old.problem.domain
    points = old.problem.domain.sample(50, key=23)
    # The numbers are stored to the last digit; NumPy evaluates them in the same order.
    np.testing.assert_allclose(new.at(points), old.at(points), rtol=1e-14, atol=1e-14)
    second = new.save(tmp_path / "second.rs")
    assert opened(second) == opened(tmp_path / "answer.rs")


def tree(box: Box) -> MeshShape:
    """A mesh with named parts, one of them beyond ASCII."""
    mesh = mesh_of(box, 0.3)
    parts = {f"{name} ünten": facets for name, facets in mesh.parts.items()}
    return MeshShape(Mesh(mesh.points, mesh.cells, parts, axes=mesh.axes))


def with_mesh(mesh: Mesh) -> rs.Solution:
    problem = on_disc(mesh)
    return rs.solve(problem, rs.FiniteElement(), tol=3e-2, progress=False)


def test_a_problem_on_a_mesh_is_stored_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_mesh("disc.vtu", mesh_of(Disc((0, 0), 1), 0.4))
    shape = rs.read_mesh("disc.vtu")
    old = rs.Solution(
        problem := on_disc().replace(domain=shape),
        ExpressionField((x * y,), problem.coordinates),
        Result.SUCCESSFUL,
    )
    path = old.save("answer.rs")
    Path("disc.vtu").unlink()
    new = load(path)
    assert new.problem.domain == shape and new.problem.domain is not shape
    assert isinstance(new.problem.domain, MeshShape) and new.problem.domain.source == "disc.vtu"
    assert write_problem(new.problem) == write_problem(problem)
    points = shape.sample(30, key=29)
    assert (new.at(points) == old.at(points)).all()


def test_a_solve_on_a_mesh_is_read_back(tmp_path: Path) -> None:
    old = with_mesh(mesh_of(Disc((0, 0), 1), 0.4))
    new = load(old.save(tmp_path / "answer.rs"))
    shape, again = old.problem.domain, new.problem.domain
    assert again == shape and isinstance(again, MeshShape) and again.source is None
    # The circle behind the mesh is kept too: it can be refined as before.
    assert again.mesh.shape == Disc((0, 0), 1) and again.mesh.curved
    points = shape.sample(50, key=31)
    np.testing.assert_allclose(new.at(points), old.at(points), rtol=1e-14, atol=1e-14)
    assert opened(new.save(tmp_path / "second.rs")) == opened(tmp_path / "answer.rs")


def test_meshes_over_time_joined_and_met_twice(tmp_path: Path) -> None:
    shape = tree(Box(x=(0, 2), y=(0, 1)))
    q = rs.unknown("q", t, x, y)
    problem = rs.Problem(
        (shape - (shape & Disc((1, 0.5), 0.2))).over(t=(0, 1)),
        rs.Eq(q.diff(t), rs.laplacian(q)),
        [rs.initial(q, 0), rs.dirichlet(q, 0)],
    )
    path = answer(problem, x).save(tmp_path / "answer.rs")
    assert load(path).problem.domain == problem.domain
    assert list(opened(path)[0]["meshes"]) == ["mesh 0"]


def test_tables_are_read_back(tmp_path: Path) -> None:
    u, names = rs.unknown("u", x, y), ("a", "b", "c")
    a, b, c = (rs.coefficient(name, x, y) for name in names)
    axes = (np.array([0.0, 0.1 + 0.2, 1.0]), np.array([0.0, 1.0 / 3.0, 2.0]))
    values = np.random.default_rng(37).uniform(1, 2, (3, 3))
    given = {a: (axes, values), b: (axes, values[:2, :2]), c: GridFunction(axes, values[1:, :2])}
    flow = (a + b + c) * rs.grad(u)
    problem = rs.Problem(
        Box(x=(0, 1), y=(0, 2)), rs.Eq(rs.div(flow), 1), [rs.dirichlet(u, 0)], given=given
    )
    new = load(answer(problem, x).save(tmp_path / "answer.rs")).problem
    assert write_problem(new) == write_problem(problem)
    points = problem.domain.sample(200, key=41)
    with double_precision():
        for coefficient in (a, b, c):
            old, again = (
                pointwise(item, coefficient)(jnp.asarray(points), {}) for item in (problem, new)
            )
            assert (np.asarray(old) == np.asarray(again)).all()


def test_tables_too_large_to_be_read_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("residuum.problem._archive.MAX_BYTES", 100)
    with pytest.raises(FileError, match="bytes of text"):
        full().save(tmp_path / "answer.rs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pose", [poisson_on_disc, gray_scott])
def test_shapes_and_systems_are_read_back(tmp_path: Path, pose: Callable[[], rs.Problem]) -> None:
    problem = pose()
    old = answer(problem, *(x + i * y for i in range(len(problem.unknowns))))
    new = load(save(old, tmp_path / "answer.rs"))
    points = problem.domain.sample(9, key=19)
    assert (new.at(points) == old.at(points)).all()
    assert new.names == old.names


@pytest.mark.slow
def test_a_fresh_process_gets_equal_values(tmp_path: Path) -> None:
    plain, numbers = full(), with_arrays()
    plain.save(tmp_path / "plain.rs")
    numbers.save(tmp_path / "numbers.rs")
    np.save(tmp_path / "points.npy", POINTS)
    code = (
        "import numpy as np, residuum as rs, sys\n"
        f"points = np.load({str(tmp_path / 'points.npy')!r})\n"
        f"for name in ('plain', 'numbers'):\n"
        f"    answer = rs.load({str(tmp_path)!r} + '/' + name + '.rs')\n"
        f"    np.save({str(tmp_path)!r} + '/' + name + '.npy', answer.at(points))\n"
        "print(answer.result.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "SUCCESSFUL\n"
    # The same program on the same machine; the compiler may order a sum otherwise.
    for solution, name in ((plain, "plain"), (numbers, "numbers")):
        found = np.load(tmp_path / f"{name}.npy")
        np.testing.assert_allclose(found, solution.at(POINTS), rtol=1e-14, atol=1e-14)


def test_saving_replaces_the_old_file_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "answer.rs"
    path.write_text("old")
    full().save(str(path))
    assert rs.load(str(path)).problem.name == "heat"
    assert [item.name for item in tmp_path.iterdir()] == ["answer.rs"]


def test_a_failed_save_keeps_the_old_file_and_leaves_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = full().save(tmp_path / "answer.rs")
    before = path.read_bytes()

    def broken(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "writestr", broken)
    with pytest.raises(KeyboardInterrupt):
        with_arrays().save(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["answer.rs"]


def test_problems_with_python_functions_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(ResiduumError, match="function"):
        answer(callable_coefficient(), x).save(tmp_path / "answer.rs")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverged_can_be_saved(tmp_path: Path) -> None:
    old = answer(heat(), 0, result=Result.DIVERGED)
    old.record.history["loss"] = [1.0, float("inf"), float("nan")]
    new = rs.load(old.save(tmp_path / "answer.rs"))
    assert new.result is Result.DIVERGED
    assert len(new.record.history["loss"]) == 3 and new.record.history["loss"][0] == 1.0


# Hostile and damaged files.


def opened(path: Path) -> tuple[Document, dict[str, bytes]]:
    with zipfile.ZipFile(path) as box:
        entries = {name: box.read(name) for name in box.namelist()}
    return json.loads(entries.pop("residuum.json")), entries


def closed(path: Path, document: Any, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as box:
        text = document if isinstance(document, str) else json.dumps(document)
        box.writestr("residuum.json", text)
        for name, content in entries.items():
            box.writestr(name, content)
    return path


def refused(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        rs.load(path)
    assert str(path) in str(caught.value) or "format" in str(caught.value)
    assert caught.value.remedy.endswith(".")
    return caught.value


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A good file, and a check that nothing has left a mark beside it."""
    yield with_arrays().save(tmp_path / "answer.rs")
    assert not (tmp_path / "ran").exists(), "code of the file was run"


@pytest.mark.parametrize(
    "name",
    [
        *("os:system", "subprocess:Popen", "builtins:eval", "residuum.problem._archive:load"),
        *("residuum.fields:os", "residuum.fields:RandomTanh", "residuum.problem:load"),
        *("residuum.problem:Problem", "residuum.fields:__builtins__", "residuum:solve", ":", ""),
        *("residuum.fields", "residuum.problem:_NodeThatIsNot", "../fields:MLP", "\x00:x"),
    ],
)
def test_classes_outside_the_list_are_not_built(path: Path, name: str) -> None:
    document, entries = opened(path)
    mark = str(path.parent / "ran")
    document["field"] = {"class": name, "fields": {"command": {"plain": f"touch {mark}"}}}
    refused(closed(path, document, entries))


def test_modules_outside_the_list_are_not_imported(path: Path) -> None:
    place = path.parent / "evil_module.py"
    place.write_text(f"open({str(path.parent / 'ran')!r}, 'w')\nclass Field: ...\n")
    document, entries = opened(path)
    document["field"]["class"] = "evil_module:Field"
    sys.path.insert(0, str(path.parent))
    try:
        refused(closed(path, document, entries))
    finally:
        sys.path.remove(str(path.parent))
    assert "evil_module" not in sys.modules


class _Bomb:
    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.mark, "w"))


def swapped(path: Path, content: bytes) -> Path:
    """The file with another first array, its checksum right."""
    document, entries = opened(path)
    entries["arrays/0.npy"] = content
    document["checksums"][0] = hashlib.sha256(content).hexdigest()
    return closed(path, document, entries)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def test_pickled_arrays_are_not_opened(path: Path) -> None:
    bombs = np.array([_Bomb(str(path.parent / "ran"))], dtype=object)
    refused(swapped(path, npy(bombs)))


def test_a_bare_pickle_is_not_opened(path: Path) -> None:
    refused(swapped(path, pickle.dumps(_Bomb(str(path.parent / "ran")))))


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0, np.nan]),
        np.array([np.inf]),
        np.array([1 + 1j * np.inf]),
        np.array(["text"]),
        np.array([b"bytes"]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        np.zeros((0,)),
        np.ones((2, 2, 2, 2)),
    ],
    ids=lambda item: str(item.dtype) + str(item.shape),
)
def test_arrays_that_are_not_the_numbers_of_the_field_are_refused(
    path: Path, array: np.ndarray
) -> None:
    refused(swapped(path, npy(array)))


def test_huge_arrays_in_small_files_are_refused(path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,), }"
    header += b" " * (117 - len(header)) + b"\n"
    refused(swapped(path, b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header))


def test_code_in_the_header_of_an_array_is_not_run(path: Path) -> None:
    mark = str(path.parent / "ran")
    header = f"{{'descr': open({mark!r}, 'w'), 'fortran_order': False, 'shape': (1,), }}\n".encode()
    refused(swapped(path, b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header))


def test_a_changed_array_does_not_match_its_checksum(path: Path) -> None:
    document, entries = opened(path)
    content = bytearray(entries["arrays/0.npy"])
    content[-1] ^= 1
    entries["arrays/0.npy"] = bytes(content)
    assert "checksum" in str(refused(closed(path, document, entries)))


def test_deep_nesting_is_refused(path: Path) -> None:
    document, entries = opened(path)
    tree: Any = {"plain": 1}
    for _ in range(MOST_DEPTH + 2):
        tree = {"items": [tree]}
    document["field"] = tree
    assert "deep" in str(refused(closed(path, document, entries)))


def test_nesting_beyond_the_stack_is_refused(path: Path) -> None:
    _, entries = opened(path)
    refused(closed(path, "[" * 200_000, entries))


def test_a_document_of_unusual_size_is_refused(path: Path) -> None:
    document, _ = opened(path)
    document["problem"] = " " * (65 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as box:
        box.writestr("residuum.json", json.dumps(document))
    assert path.stat().st_size < 1 << 20
    assert "too much data" in str(refused(path))


@pytest.mark.parametrize("cut", [0, 1, 10, 200, -1, -30])
def test_truncated_files_are_refused(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:cut])
    refused(path)


@pytest.mark.parametrize("at", [0, 40, 300, -20])
def test_files_with_flipped_bytes_are_refused_or_harmless(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))
    try:
        found = rs.load(path)
    except FileError:
        return
    assert np.isfinite(found.at(POINTS)).all()


def test_a_zip_of_another_kind_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as box:
        box.writestr("readme.txt", "hello")
    refused(tmp_path / "other.zip")


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", pickle.dumps(_Bomb("/nowhere"))])
def test_files_that_are_no_zip_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    refused(tmp_path / "other")


def test_another_format_says_so(path: Path) -> None:
    document, entries = opened(path)
    document["format"] = FORMAT + 1
    assert f"wanted format {FORMAT}; got {FORMAT + 1}" in str(
        refused(closed(path, document, entries))
    )


@pytest.mark.parametrize(
    "key",
    ["problem", "field", "result", "certificate", "record", "parameters", "checksums", "seal"],
)
def test_missing_entries_are_refused(path: Path, key: str) -> None:
    document, entries = opened(path)
    del document[key]
    refused(closed(path, document, entries))


def test_missing_arrays_are_refused(path: Path) -> None:
    document, entries = opened(path)
    entries.pop("arrays/0.npy")
    refused(closed(path, document, entries))


WRONG: dict[str, Callable[[Document], Any]] = {
    "result": lambda d: d.update(result="GREAT"),
    "result of another type": lambda d: d.update(result=["SUCCESSFUL"]),
    "certificate of no kind": lambda d: d["certificate"].update(kind="guess"),
    "certificate of another norm": lambda d: d["certificate"].update(norm="H7"),
    "bound of less than nothing": lambda d: d["certificate"].update(
        kind="bound", value=-1.0, relative=0.5
    ),
    "bound without a number": lambda d: d["certificate"].update(kind="bound"),
    "bound of an error that vanishes": lambda d: d["certificate"].update(
        kind="bound", value=0.5, relative=0.0
    ),
    "bound of nothing": lambda d: d["certificate"].update(kind="bound", value=0.0, relative=0.5),
    "bound of a word": lambda d: d["certificate"].update(kind="bound", value="small", relative=0.1),
    "bound that is a truth": lambda d: d["certificate"].update(
        kind="bound", value=True, relative=True
    ),
    "time that ran backwards": lambda d: d["certificate"].update(seconds=-1.0),
    "certificate with more": lambda d: d["certificate"].update(__class__="os"),
    "certificate of a list": lambda d: d.update(certificate=[]),
    "record with more": lambda d: d["record"].update(command="touch"),
    "parameters of text": lambda d: d.update(parameters={"D": "much"}),
    "parameters of a list": lambda d: d.update(parameters=[1]),
    "checksums of a number": lambda d: d.update(checksums=3),
    "too few checksums": lambda d: d.update(checksums=[]),
    "problem of another type": lambda d: d.update(problem={"equations": []}),
    "problem with code": lambda d: d.update(problem="import os"),
    "field of a number": lambda d: d.update(field=3),
    "field of nothing": lambda d: d.update(field=None),
    "field of text": lambda d: d.update(field="class"),
    "field of an array": lambda d: d.update(field={"array": 0, "trained": True}),
    "field with an attribute more": lambda d: d["field"]["fields"].update(jet={"plain": 1}),
    "field with an attribute less": lambda d: d["field"]["fields"].popitem(),
    "attributes of a list": lambda d: d["field"].update(fields=[]),
    "array out of range": lambda d: d["field"]["fields"].update(head={"array": 99, "trained": 1}),
    "array by name": lambda d: d["field"]["fields"].update(head={"array": "0", "trained": 1}),
    "number in place of a block": lambda d: d["field"]["fields"].update(trunk={"plain": 3}),
    "text in place of a block": lambda d: d["field"]["fields"].update(trunk={"plain": "os"}),
    "unknown symbol": lambda d: d["field"]["fields"].update(trunk={"symbol": "os"}),
    "code in an expression": lambda d: d["field"]["fields"].update(
        trunk={"expression": "__import__('os').system('true')"}
    ),
    "dunder in an expression": lambda d: d["field"]["fields"].update(
        trunk={"expression": "x.__class__"}
    ),
}


@pytest.mark.parametrize(
    "name",
    sorted(WRONG),
)
def test_wrong_documents_are_refused(path: Path, name: str) -> None:
    document, entries = opened(path)
    WRONG[name](document)
    refused(closed(path, document, entries))


@pytest.mark.parametrize(
    "text", ["null", "[]", "3", '"text"', "{}", "not json", "{'a': 1}", "\ud800"]
)
def test_documents_that_are_no_table_are_refused(path: Path, text: str) -> None:
    _, entries = opened(path)
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("residuum.json", text.encode("utf-8", "surrogatepass"))
        for name, content in entries.items():
            box.writestr(name, content)
    refused(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", pytest.param("1e999")])
@pytest.mark.parametrize("place", ["parameters", "certificate", "record"])
def test_numbers_that_are_not_finite_are_refused(path: Path, place: str, number: str) -> None:
    document, entries = opened(path)
    mark = "0.123454321"
    if place == "parameters":
        document["parameters"] = {"D": float(mark)}
    elif place == "certificate":
        document["certificate"].update(kind="bound", value=1.0, relative=float(mark))
    else:
        document["record"]["peak_memory_mb"] = float(mark)
    text = json.dumps(document)
    assert text.count(mark) == 1
    refused(closed(path, text.replace(mark, number), entries))


def test_a_field_that_does_not_fit_the_problem_is_refused(path: Path, tmp_path: Path) -> None:
    other = answer(bar(rs.Eq(-w.diff(x, 2), 1)), x).save(tmp_path / "other.rs")
    (document, entries), (wrong, _) = opened(path), opened(other)
    document["problem"] = wrong["problem"]
    refused(closed(path, document, entries))


def test_a_field_with_too_few_unknowns_is_refused(path: Path, tmp_path: Path) -> None:
    one = opened(answer(heat(), x).save(tmp_path / "one.rs"))[0]
    two = opened(answer(gray_scott(), x, x).save(tmp_path / "two.rs"))[0]
    two["field"]["fields"]["expressions"] = one["field"]["fields"]["expressions"]
    refused(closed(path, two, {}))


def test_hostile_problem_text_is_not_run(path: Path) -> None:
    document, entries = opened(path)
    mark = path.parent / "ran"
    text = document["problem"]
    code = f"__import__('pathlib').Path('{mark}').touch()"
    document["problem"] = text.replace("equations = [", f'equations = ["{code}", ')
    assert document["problem"] != text
    refused(closed(path, document, entries))


def test_entries_outside_the_archive_are_never_written(path: Path) -> None:
    document, entries = opened(path)
    found = rs.load(closed(path, document, {**entries, "../ran": b"x", "/tmp/ran": b"x"}))
    assert found.problem.name == "heat"
    assert not (path.parent.parent / "ran").exists()


def with_posterior(value: float = 0.3) -> rs.Solution:
    known = Posterior(("D",), np.array([value]), np.array([[0.01]]), np.array([[0.0, 1.0]]))
    return answer(heat(), sp.exp(-t), parameters={"D": 0.3}, posterior=known)


def test_a_posterior_is_read_back_and_files_without_one_still_are(tmp_path: Path) -> None:
    again = load(save(with_posterior(), tmp_path / "with.rs"))
    assert again.intervals == with_posterior().intervals
    path = save(full(), tmp_path / "without.rs")
    with zipfile.ZipFile(path) as box:
        # What is not known is not written: such a file is what older versions wrote.
        assert "posterior" not in json.loads(box.read("residuum.json"))
    assert load(path).posterior is None


def test_a_posterior_of_other_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="other numbers"):
        load(save(with_posterior(0.4), tmp_path / "other.rs"))
