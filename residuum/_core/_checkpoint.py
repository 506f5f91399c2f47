"""Checkpoints: the state of trainings in a file, to go on from bit for bit."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residuum._core._errors import FileError, OptionError
from residuum._core._parcel import checksum, npy, read_array, write_parcel

FIRST, GROWTH = 2.0, 0.5
"""Seconds before the first writing, and share of the time so far between two."""
FORMAT, DOCUMENT = 1, "checkpoint.json"
MOST_BYTES, MOST_TEXT = 4 << 30, 1 << 20

State = dict[str, np.ndarray]
"""What a training needs to go on: named arrays of numbers."""


class Checkpoint:
    """A file in which the training of a solve is kept, and from which it goes on.

    ``rs.solve(problem, method, start=Checkpoint("run.ckpt"))``: a file that is not there is begun;
    one that is there is gone on from, and the weights are then those of a training that was never
    interrupted, bit for bit, on the same machine with the same versions. A method that trains
    several times keeps the trainings in turn: those that had ended are not repeated.

    Args:
        path: the file. It is written atomically, without pickle, and read without running code.
        seconds: most wall seconds between two writings. The first is after two seconds, later ones
            after half the time so far, so that a short training loses little. At an end or an
            interruption the file is written at once; a process that is killed loses at most these
            seconds and one iteration.

    Raises:
        OptionError: seconds below zero.
    """

    def __init__(self, path: str | Path, seconds: float = 30.0) -> None:
        if not seconds >= 0:
            raise OptionError("zero seconds or more", repr(seconds), "Try 30.")
        self.path, self.seconds = Path(path), float(seconds)
        self._turn = -1
        self._opened = self._written = time.perf_counter()
        self._trainings: list[tuple[dict[str, str], State]] = []

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r}, seconds={self.seconds:g})"

    @property
    def used(self) -> bool:
        """Whether any training has been kept or recalled since it was opened."""
        return self._turn >= 0

    def open(self) -> None:
        """Read the file, if there is one: called once at the start of a solve.

        Raises:
            FileError: the file is damaged or of another kind, or its folder does not exist.
        """
        self._turn, self._opened = -1, time.perf_counter()
        self._written = self._opened
        self._trainings = _read(self.path) if self.path.exists() else []
        if not self.path.parent.is_dir():
            raise FileError("an existing folder", str(self.path.parent), "Create it first.")

    def recall(self, identity: Mapping[str, str]) -> State | None:
        """Begin the next training; return the state it had reached, or ``None`` for a new one.

        Args:
            identity: what the training is made of, by name: a stored one must be made of the same.

        Raises:
            FileError: the stored training is another one; the message names what differs.
        """
        self._turn += 1
        if self._turn >= len(self._trainings):
            self._trainings.append((dict(identity), {}))
            return None
        stored, state = self._trainings[self._turn]
        other = [name for name, value in identity.items() if stored.get(name) != value]
        if other:
            raise FileError(
                f"a checkpoint of this training in {self.path}",
                f"one with another {', '.join(other)}",
                "Give the problem, method, key and options it was made with, or another file.",
            )
        return state or None

    @property
    def _interval(self) -> float:
        """Wall seconds that have to pass between two writings now."""
        return min(self.seconds, max(FIRST, GROWTH * (self._written - self._opened)))

    def keep(self, state: Callable[[], State], *, now: bool = False) -> None:
        """Write the state of the present training, if that is due."""
        if not now and time.perf_counter() - self._written < self._interval:
            return
        self._trainings[self._turn] = (self._trainings[self._turn][0], state())
        del self._trainings[self._turn + 1 :]
        _write(self.path, self._trainings)
        self._written = time.perf_counter()


def _write(path: Path, trainings: list[tuple[dict[str, str], State]]) -> None:
    buffers: list[bytes] = []
    entries: list[dict[str, Any]] = []
    for identity, state in trainings:
        names = list(state)
        entries.append({"identity": identity, "state": names})
        buffers += [npy(np.asarray(state[name])) for name in names]
    document = {
        "format": FORMAT,
        "trainings": entries,
        "checksums": [checksum(buffer) for buffer in buffers],
    }
    # Weights hardly compress, and a training should not wait.
    write_parcel(path, DOCUMENT, json.dumps(document, indent=1), buffers, compress=False)


def _read(path: Path) -> list[tuple[dict[str, str], State]]:
    try:
        with zipfile.ZipFile(path) as box:
            return _trainings(box)
    except Exception as error:  # damaged files fail in zip, JSON and NumPy in many ways
        if isinstance(error, Warning):
            raise
        raise FileError(
            f"a Residuum checkpoint in {path}",
            str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}",
            "The file is damaged or of another kind; begin a new one.",
        ) from error


def _trainings(box: zipfile.ZipFile) -> list[tuple[dict[str, str], State]]:
    sizes = {item.filename: item.file_size for item in box.infolist()}
    if sum(sizes.values()) > MOST_BYTES or sizes.get(DOCUMENT, MOST_TEXT + 1) > MOST_TEXT:
        raise ValueError("no document, or too much data")
    document = json.loads(box.read(DOCUMENT))
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']}, where {FORMAT} was wanted")
    found, i = [], 0
    for entry in document["trainings"]:
        identity = {str(name): str(value) for name, value in entry["identity"].items()}
        state: State = {}
        for name in entry["state"]:
            state[str(name)] = read_array(box, i, document["checksums"][i])
            i += 1
        found.append((identity, state))
    return found
