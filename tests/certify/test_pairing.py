"""Fields and files that do not belong to the problem they come with."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, FileError, Result, double_precision
from residuum.certify import certify
from residuum.certify._pairing import mispaired
from residuum.problem import ExpressionField
from tests.certify.test_certifier import Fixed

from ._solutions import ROD, T, X, Y, answer, certified, line, plane, rod, wheel


def solved(problem: rs.Problem, method: Any) -> rs.Solution:
    return rs.solve(problem, method, tol=1e-2, progress=False)


def paired(problem: rs.Problem, field: Any) -> rs.Solution:
    return rs.Solution(problem, field, Result.SUCCESSFUL)


def refused(solution: rs.Solution, words: str) -> None:
    with pytest.raises(DataError, match=words):
        certify(solution, by=Fixed())


def wide(problem: rs.Problem) -> rs.Problem:
    """The same problem on an interval twice as long."""
    time = {"t": (0, 1)} if problem.time else {}
    return problem.replace(domain=rs.Box(**time, x=(0, 2)))


METHODS: dict[str, tuple[Any, Any]] = {
    "elements": (line, rs.FiniteElement()),
    "elements over time": (rod, rs.FiniteElement()),
    "grid": (line, rs.Spectral(modes=8)),
    "grid over time": (rod, rs.Spectral()),
    "volumes": (wheel, rs.FiniteVolume()),
    "features": (line, rs.RandomFeatures(field=rs.fields.RandomTanh(20), scales=(1.0,))),
}


@pytest.mark.parametrize("name", METHODS)
def test_answers_belong_to_their_problem_and_to_no_other_domain(name: str) -> None:
    pose, method = METHODS[name]
    old = solved(pose(), method)
    assert mispaired(old) is None
    if name != "features":  # a network may go on beyond the domain it was trained on
        refused(paired(wide(old.problem), old.field), r"a field on \[\[")


def test_fields_with_and_without_time() -> None:
    refused(paired(rod(), solved(line(), rs.FiniteElement()).field), "without time")
    refused(paired(line(), solved(rod(), rs.FiniteElement()).field), "with time")


def test_other_dimensions_and_unknowns() -> None:
    refused(paired(plane(), solved(line(), rs.Spectral(modes=8)).field), "1 space coordinates")
    refused(paired(line(), answer(line(), X, X).field), "1 unknowns")


def test_other_coordinates_and_another_order_of_them() -> None:
    z = rs.space("z")
    refused(paired(line(), ExpressionField((z,), (z,))), "not of \\['x'\\]")
    refused(paired(plane(), ExpressionField((X,), (X, Y))), "not of \\['y', 'x'\\]")
    features = solved(line(), rs.RandomFeatures(field=rs.fields.RandomTanh(20), scales=(1.0,)))
    lift = ExpressionField((z,), (z,))
    refused(paired(line(), eqx.tree_at(lambda f: f.lift, features.field, lift)), "not of")


def test_one_nan_among_many_numbers() -> None:
    old = solved(line(), rs.FiniteElement())
    values = getattr(old.field, "values")  # noqa: B009
    with double_precision():
        # One node: no point that is looked at need be near it.
        broken = (values[0].at[3].set(np.nan),)
        field = eqx.tree_at(lambda f: f.values, old.field, broken)
    refused(paired(line(), field), "NaN or infinity among")


# Files whose parts come from different places.


def opened(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(path) as box:
        entries = {name: box.read(name) for name in box.namelist()}
    return json.loads(entries.pop("residuum.json")), entries


def closed(path: Path, document: Any, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("residuum.json", json.dumps(document))
        for name, content in entries.items():
            box.writestr(name, content)
    return path


def stored(path: Path, value: Any, relative: float) -> Path:
    """A solution with a bound, in a file."""
    bound = certified("bound", relative, relative)
    return answer(rod(), value, certificate=bound).save(path)


@pytest.mark.parametrize("part", ["certificate", "field", "problem", "result", "record"])
def test_parts_of_another_file_are_noticed(tmp_path: Path, part: str) -> None:
    good = stored(tmp_path / "good.rs", X * T, 1e-9)
    problem = rod().replace(conditions=[rs.initial(ROD, X), rs.dirichlet(ROD, X)])
    bad = answer(problem, X, result=Result.STAGNATED, certificate=certified("estimate", 0.5, 0.5))
    bad.record.notes.append("a note")
    path = bad.save(tmp_path / "bad.rs")
    (document, entries), (other, _) = opened(path), opened(good)
    assert document[part] != other[part]
    document[part] = other[part]
    with pytest.raises(FileError, match="do not belong together"):
        rs.load(closed(path, document, entries))


@pytest.mark.parametrize("relative", [1e-12, 0.5, 2.0])
def test_an_edited_bound_is_noticed(tmp_path: Path, relative: float) -> None:
    path = stored(tmp_path / "good.rs", X * T, 1e-3)
    document, entries = opened(path)
    document["certificate"]["relative"] = relative
    with pytest.raises(FileError, match="do not belong together"):
        rs.load(closed(path, document, entries))


def test_a_file_without_its_seal_or_of_an_older_kind(tmp_path: Path) -> None:
    path = stored(tmp_path / "good.rs", X * T, 1e-3)
    document, entries = opened(path)
    with pytest.raises(FileError, match="seal"):
        rest = {key: value for key, value in document.items() if key != "seal"}
        rs.load(closed(path, rest, entries))
    with pytest.raises(FileError, match="wanted format 2; got 1"):
        rs.load(closed(path, {**document, "format": 1}, entries))


def test_untouched_files_are_read_and_written_anew(tmp_path: Path) -> None:
    path = stored(tmp_path / "good.rs", X * T, 1e-3)
    document, entries = opened(path)
    # The order and the spacing of the document may change, what it says may not.
    again = rs.load(closed(path, dict(reversed(document.items())), entries))
    assert again.certificate == certified("bound", 1e-3, 1e-3)


def test_a_truncated_file(tmp_path: Path) -> None:
    path = stored(tmp_path / "good.rs", X * T, 1e-3)
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(FileError):
            rs.load(path)
