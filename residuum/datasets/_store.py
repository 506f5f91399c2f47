"""The files of a data set: a Zarr group of one chunk per sample, and a journal beside it.

    name/data.zarr        one array per variable, dimensions named, read by xarray or Zarr alone
    name/journal.jsonl    one line per sample that is done, with the checksum of its chunks

A sample counts once its line stands in the journal. Lines are written after the chunks and are
appended whole, so that whatever interrupts the writing leaves a set that can be gone on with.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from residuum._core import DataError, FileError
from residuum.datasets._plan import Plan

FORMAT = 1
GROUP, JOURNAL = "data.zarr", "journal.jsonl"
ROOM = "Free some space and make the same call again: what is written stays."


@dataclass(frozen=True)
class Entry:
    """What the journal says of one sample.

    Args:
        sample: its number.
        state: ``"solved"`` or ``"failed"``.
        checksum: of its values; empty where it failed.
        error: relative error by the solver's own estimate; NaN where there is none.
        seconds: of the solve.
        reason: why it failed.
    """

    sample: int
    state: str
    checksum: str = ""
    error: float = float("nan")
    seconds: float = 0.0
    reason: str = ""

    @property
    def solved(self) -> bool:
        """Whether it has a label."""
        return self.state == "solved"


def checksum(values: Mapping[str, np.ndarray]) -> str:
    """Return the checksum of the variables of one sample."""
    total = hashlib.blake2b(digest_size=16)
    for name in sorted(values):
        total.update(name.encode())
        total.update(np.ascontiguousarray(values[name]).tobytes())
    return total.hexdigest()


@final
class Store:
    """An open data set.

    Args:
        path: its folder.

    Raises:
        FileError: there is none, or it is damaged or of a later format.
    """

    def __init__(self, path: Path) -> None:
        import zarr  # it takes a while to import

        self.path = path
        if not (path / GROUP / "zarr.json").is_file():
            remedy = "Check the path, or make it by rs.make_data(family, path)."
            raise FileError("the folder of a data set", str(path), remedy)
        try:
            self.group: Any = zarr.open_group(path / GROUP, mode="r+", zarr_format=3)
            self.about: dict[str, Any] = dict(self.group.attrs)
        except Exception as error:
            raise _damaged(path, error) from error
        if self.about.get("format") != FORMAT or "variables" not in self.about:
            got = f"format {self.about.get('format')} in {path}"
            raise FileError(f"a data set of format {FORMAT}", got, "Update Residuum.")
        self.entries: dict[int, Entry] = read_journal(path / JOURNAL)

    @property
    def count(self) -> int:
        """How many samples were asked for."""
        return int(self.about["count"])

    @property
    def variables(self) -> list[str]:
        """Names of the arrays that every sample has a chunk of."""
        return list(self.about["variables"])

    @property
    def solved(self) -> int:
        """How many samples have a label."""
        return sum(entry.solved for entry in self.entries.values())

    def read(self, sample: int) -> dict[str, np.ndarray]:
        """Return the variables of a sample, checked against its checksum.

        Raises:
            DataError: a chunk is missing, cut off or changed.
        """
        entry = self.entries[sample]
        try:
            found = {name: np.asarray(self.group[name][sample]) for name in self.variables}
            whole = checksum(found) == entry.checksum
        except Exception:  # what a codec raises on broken bytes is its own affair
            whole = False
        if not whole:
            raise DataError(
                f"whole chunks of sample {sample} in {self.path}",
                "missing, cut off or changed ones",
                "Make the same call of make_data again: it solves for that sample anew.",
            )
        return found

    def whole(self, sample: int) -> bool:
        """Whether a sample is done and its chunks are what was written."""
        if sample not in self.entries:
            return False
        if not self.entries[sample].solved:
            return True
        try:
            self.read(sample)
        except DataError:
            return False
        return True

    def failed(self, sample: int) -> bool:
        """Whether a sample was tried in vain."""
        return sample in self.entries and not self.entries[sample].solved


def create(path: Path, plan: Plan, numbers: tuple[str, ...], about: dict[str, Any]) -> None:
    """Make an empty data set; a draft beside it becomes it at once.

    Args:
        path: its folder.
        plan: what it holds.
        numbers: the inputs that are one number per sample.
        about: provenance, kept in the attributes of the group.

    Raises:
        FileError: the folder cannot be written, or holds something else.
    """
    import zarr  # it takes a while to import

    if path.exists() and (not path.is_dir() or any(not _draft(item) for item in path.iterdir())):
        remedy = "Choose another path, or remove what is there."
        raise FileError("a folder that is new or empty", str(path), remedy)
    variables = [*plan.inputs, *plan.outputs]
    sizes = {"sample": int(about["count"])} | {k: len(x) for k, x in plan.axes.items()}
    if plan.times is not None:
        sizes[plan.time] = len(plan.times)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for left in filter(_draft, path.iterdir()):  # of a run that was killed at this point
            shutil.rmtree(left, ignore_errors=True)
        draft = path / f".{GROUP}.{os.getpid()}"
        group = zarr.open_group(draft, mode="w", zarr_format=3)
        for name in variables:
            dimensions = plan.dimensions(name, numbers)
            lengths = tuple(sizes[item] for item in dimensions)
            group.create_array(
                name,
                shape=lengths,
                chunks=(1, *lengths[1:]),
                dtype=about["dtype"],
                dimension_names=dimensions,
                fill_value=float("nan"),
            )
        moments = {} if plan.times is None else {plan.time: plan.times}
        for name, axis in (plan.axes | moments).items():
            kept = group.create_array(name, data=np.asarray(axis, float), dimension_names=(name,))
            kept.attrs["axis"] = name
        group.attrs.update({**about, "format": FORMAT, "variables": variables})
        os.replace(draft, path / GROUP)
    except OSError as error:
        raise FileError(f"room to write {path}", str(error), ROOM) from error


@final
@dataclass
class Writer:
    """The one who writes a data set; a second one is refused.

    Args:
        store: the open set.
    """

    store: Store
    _file: Any = field(default=None, repr=False)

    def __enter__(self) -> Writer:
        place = self.store.path / JOURNAL
        self._file = place.open("ab")
        if not _locked(self._file):
            self._file.close()
            remedy = "Wait for the other run to end, or stop it."
            raise FileError("a data set that nobody else writes", str(self.store.path), remedy)
        # A line that was cut off counts for nothing, and must not spoil the next one.
        self._file.truncate(_whole_length(place.read_bytes()))
        self._file.seek(0, os.SEEK_END)
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def grow(self, count: int) -> None:
        """Make room for more samples."""
        if count <= self.store.count:
            return
        for name in self.store.variables:
            array = self.store.group[name]
            array.resize((count, *array.shape[1:]))
        self.store.group.attrs["count"] = count
        self.store.about["count"] = count

    def write(self, entry: Entry, values: Mapping[str, np.ndarray] | None = None) -> Entry:
        """Write one sample: its chunks, then its line.

        Raises:
            FileError: the disk is full or the folder has gone; what was written before stays.
        """
        try:
            if values is not None:
                kept = {}
                for name, array in values.items():
                    place = self.store.group[name]
                    kept[name] = np.asarray(array, place.dtype)
                    place[entry.sample] = kept[name]
                entry = Entry(**{**vars(entry), "checksum": checksum(kept)})
            self.note(vars(entry))
        except OSError as error:
            got = f"{error} at sample {entry.sample}"
            raise FileError(f"room to write {self.store.path}", got, ROOM) from error
        self.store.entries[entry.sample] = entry
        return entry

    def note(self, line: Mapping[str, Any]) -> None:
        """Append a line to the journal, whole or not at all."""
        plain = {k: None if v != v else v for k, v in line.items()}
        before = self._file.tell()
        try:
            self._file.write(json.dumps(plain).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(before)
            raise


def read_journal(path: Path) -> dict[int, Entry]:
    """Return the entries by sample; of several for one sample the last counts.

    Raises:
        FileError: a line in the middle is not what was written.
    """
    if not path.is_file():
        return {}
    content = path.read_bytes()
    found = {}
    for number, line in enumerate(content[: _whole_length(content)].splitlines(), start=1):
        try:
            data = json.loads(line)
            if "sample" in data:
                data["error"] = float("nan") if data["error"] is None else float(data["error"])
                entry = Entry(**data)
                found[int(entry.sample)] = entry
        except (ValueError, TypeError, KeyError) as error:
            remedy = "Remove that line: its sample is solved for anew."
            raise FileError(f"whole lines in {path}", f"line {number}: {error}", remedy) from error
    return found


def _draft(item: Path) -> bool:
    return item.name.startswith(f".{GROUP}.")


def _whole_length(content: bytes) -> int:
    return content.rfind(b"\n") + 1


def _locked(file: Any) -> bool:
    try:
        import fcntl  # not on every platform
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _damaged(path: Path, error: Exception) -> FileError:
    got = f"{type(error).__name__}: {error}"[:200]
    return FileError(f"a data set in {path}", got, "Its zarr.json is damaged: make it anew.")
