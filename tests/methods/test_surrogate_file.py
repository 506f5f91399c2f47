"""Surrogates in files: the same answers after reading, nothing run that is not published."""

from __future__ import annotations

import functools
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import FileError
from residuum.blocks import Tucker
from residuum.learning import Trainer
from residuum.methods import Surrogate, load_surrogate
from residuum.methods._surrogate_file import _plain, _recipe
from residuum.operators import (
    FLOORS,
    FNO,
    ConvolutionNetwork,
    FourierExtras,
    MgNO,
    NeuralStagger,
    Rollout,
)
from tests.operators._families import NODES, PLACES, Two, rod, rods

MEMBER = rod(np.linspace(1, 2, NODES), 1.5)


@functools.cache
def trained() -> Surrogate:
    return rs.train(Two(), rods(), Trainer(epochs=2), progress=False)


def values(found: Surrogate) -> np.ndarray:
    return np.asarray(rs.solve(MEMBER, found, refine=None)(x=PLACES))


@pytest.mark.parametrize("name", FLOORS)
def test_floors_are_the_same_after_reading(tmp_path: Path, name: str) -> None:
    found = rs.train(FLOORS[name](), rods())
    again = load_surrogate(found.save(tmp_path / "floor.rss"))
    np.testing.assert_array_equal(values(again), values(found))
    assert again.seconds == found.seconds and again.statement == found.statement


def test_a_recipe_of_my_own_is_given_to_the_reader(tmp_path: Path) -> None:
    path = trained().save(tmp_path / "own.rss")
    again = load_surrogate(path, Two())
    np.testing.assert_array_equal(values(again), values(trained()))
    assert again.recipe == Two() and str(again) == str(trained())
    with pytest.raises(FileError, match="'Two' is not published"):
        load_surrogate(path)
    with pytest.raises(FileError, match="the recipe has"):
        load_surrogate(path, Two(channels=5))


@pytest.mark.parametrize(
    "recipe",
    [
        FNO(3, 4, weights=Tucker(0.2)),
        FNO((2, 3), 4, extras=FourierExtras(normalised=True)),
        Rollout(FNO(2, 4)),
        NeuralStagger(2, ConvolutionNetwork(4, 2)),
        MgNO(4, 1, 2, residual=True),
    ],
    ids=str,
)
def test_options_of_recipes_come_back(recipe: Any) -> None:
    written = json.loads(json.dumps(_plain(recipe)))
    assert _recipe(written["class"], written["options"]) == recipe


def test_an_operator_given_ready_needs_one_of_its_shape(tmp_path: Path) -> None:
    inner = trained().operator
    ready = rs.train(inner, rods(), Trainer(epochs=1), progress=False)
    path = ready.save(tmp_path / "ready.rss")
    with pytest.raises(FileError, match="no recipe"):
        load_surrogate(path)
    np.testing.assert_array_equal(values(load_surrogate(path, inner.inner)), values(ready))  # type: ignore[attr-defined]


def changed(path: Path, **changes: object) -> Path:
    """Rewrite the document of a file."""
    with zipfile.ZipFile(path) as box:
        parts = {name: box.read(name) for name in box.namelist()}
    document = json.loads(parts["surrogate.json"]) | changes
    parts["surrogate.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(path, "w") as box:
        for name, content in parts.items():
            box.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"format": 9}, "format 9"),
        ({"recipe": {"built": "Popen", "options": {}}}, "not published"),
        ({"recipe": {"fitted": "apply", "shape": [1]}}, "not published"),
        ({"recipe": {"fitted": "FixedGrid"}}, "surrogate"),
        ({"edges": ["zero"] * 40}, "surrogate"),
        ({"checksums": ["0"]}, "checksum"),
    ],
)
def test_hostile_documents_are_refused(
    tmp_path: Path, changes: dict[str, object], match: str
) -> None:
    path = rs.train(FLOORS["ridge"](), rods()).save(tmp_path / "floor.rss")
    with pytest.raises(FileError, match=match):
        load_surrogate(changed(path, **changes))


def test_damaged_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = trained().save(tmp_path / "own.rss")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(FileError, match="damaged"):
        load_surrogate(path)
    with pytest.raises(FileError, match="Check the path"):
        load_surrogate(tmp_path / "none.rss")
    with pytest.raises(FileError, match="existing folder"):
        trained().save(tmp_path / "none" / "own.rss")
