"""Checkpoints: trainings in turn, written when due, refused where they do not belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from residuum._core import Checkpoint, FileError, OptionError

NAME = {"rule": "some rule", "key": "7"}


def state(value: float) -> dict[str, np.ndarray]:
    return {"vector": np.asarray([value, np.inf]), "losses": np.asarray([1.0])}


def opened(file: Path, seconds: float = 0.0) -> Checkpoint:
    made = Checkpoint(file, seconds)
    made.open()
    return made


def test_trainings_are_recalled_in_turn(tmp_path: Path) -> None:
    file = tmp_path / "run.ckpt"
    first = opened(file)
    assert first.recall(NAME) is None
    first.keep(lambda: state(1.5))
    assert first.recall({**NAME, "key": "8"}) is None
    first.keep(lambda: state(2.5))
    again = opened(file)
    one, two = again.recall(NAME), again.recall({**NAME, "key": "8"})
    assert one is not None and two is not None
    assert one["vector"].tolist() == [1.5, np.inf] and two["vector"][0] == 2.5
    assert again.recall(NAME) is None


def test_another_training_is_refused_and_what_differs_is_named(tmp_path: Path) -> None:
    made = opened(tmp_path / "run.ckpt")
    made.recall(NAME)
    made.keep(lambda: state(1.5))
    with pytest.raises(FileError, match="another key"):
        opened(tmp_path / "run.ckpt").recall({**NAME, "key": "8"})


def test_a_training_that_goes_on_drops_those_after_it(tmp_path: Path) -> None:
    file = tmp_path / "run.ckpt"
    made = opened(file)
    for value in (1.0, 2.0):
        made.recall(NAME)
        made.keep(lambda value=value: state(value))  # type: ignore[misc]
    again = opened(file)
    again.recall(NAME)
    again.keep(lambda: state(3.0))
    assert again.recall(NAME) is None


def test_it_is_written_only_when_due(tmp_path: Path) -> None:
    file = tmp_path / "run.ckpt"
    made = opened(file, seconds=3600)
    made.recall(NAME)
    made.keep(lambda: state(1.0))
    assert not file.exists()
    made.keep(lambda: state(1.0), now=True)
    assert file.exists()


def test_it_is_written_soon_at_first_and_then_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("residuum._core._checkpoint.time.perf_counter", lambda: clock[0])
    made, written = opened(tmp_path / "run.ckpt", 30.0), []
    made.recall(NAME)
    for second in range(1, 200):
        clock[0] = float(second)
        made.path.unlink(missing_ok=True)
        made.keep(lambda: state(1.0))
        written += [second] if made.path.exists() else []
    gaps = np.diff([0, *written])
    assert written[:3] == [2, 4, 6] and gaps.max() == 30
    assert (np.diff(gaps) >= 0).all(), "later ones are rarer"


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "other"])
def test_damaged_files_are_refused(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "run.ckpt"
    made = opened(file)
    made.recall(NAME)
    made.keep(lambda: state(1.0))
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    if damage == "flip":
        content[content.index(np.float64(np.inf).tobytes())] ^= 1
    if damage == "text":
        content = bytearray(b"no zip at all")
    if damage == "other":
        content = bytearray(bytes(content).replace(b"checkpoint.json", b"something.json!"))
    file.write_bytes(content)
    with pytest.raises(FileError, match=r"a Residuum checkpoint in .*run\.ckpt"):
        opened(file)


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="zero seconds"):
        Checkpoint(tmp_path / "run.ckpt", seconds=-1.0)
    with pytest.raises(FileError, match="existing folder"):
        opened(tmp_path / "nowhere" / "run.ckpt")
    assert "run.ckpt" in repr(Checkpoint("run.ckpt"))
