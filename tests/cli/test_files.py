"""Where answers are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from residuum.cli import _files


def test_the_folder_is_made(tmp_path: Path) -> None:
    assert _files.folder(tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "inside", Path("/proc/nothing")):
        with pytest.raises(typer.BadParameter, match="cannot"):
            _files.folder(path)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("burgers", "pinn"), "burgers-pinn"),
        (("../../etc/passwd", "x y"), "etc_passwd-x_y"),
        (("", "..."), "unnamed-unnamed"),
        (("ü\n\x1b", "a"), "unnamed-a"),
    ],
)
def test_names_stay_in_the_folder(words: tuple[str, ...], name: str) -> None:
    assert _files.stem(*words) == name


def test_names_are_of_bounded_length() -> None:
    assert len(_files.stem("x" * 500, "y")) == _files.LONGEST


def test_a_file_that_cannot_be_written_is_said_and_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = _files.Kept()
    kept.write("table", tmp_path / "no" / "x.json", lambda path: _files.write_json(path, {}))
    assert "table" in kept.missing and not kept.paths
    assert capsys.readouterr().err.startswith("warning: ")


def test_json(tmp_path: Path) -> None:
    _files.write_json(tmp_path / "x.json", {"a": float("nan")})
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": None}
