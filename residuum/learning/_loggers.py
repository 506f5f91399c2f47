"""Where the numbers of a training are told while it runs."""

from __future__ import annotations

import csv
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from residuum._core import FileError, MissingExtra, OptionError

COLUMNS = ("step", "epoch", "loss", "validation", "seconds")


class Logger(ABC):
    """Told the numbers of a training. Derive from it to send them anywhere."""

    @abstractmethod
    def begin(self, step: int) -> None:
        """Start, or go on behind a number of steps: later numbers are told again."""

    @abstractmethod
    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take the numbers of a step: ``epoch``, ``loss``, ``validation``, ``seconds``."""

    def close(self) -> None:  # noqa: B027 - most need not do anything
        """End; called however the training ends."""


@final
class CSV(Logger):
    """A table in a text file, one row per report, readable at any moment.

    Args:
        path: the file; a training that goes on keeps the rows up to where it goes on.

    Raises:
        FileError: its folder does not exist.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise FileError("an existing folder", str(self.path.parent), "Create it first.")
        self._file: Any = None

    def begin(self, step: int) -> None:
        """Write the head, after the rows that are kept."""
        rows = _rows(self.path) if step else []
        self._file = self.path.open("w", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)
        self._writer.writerows(row for row in rows if float(row[0]) <= step)
        self._file.flush()

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write one row."""
        if self._file is None:
            raise OptionError("a logger that was begun", "none", "Call begin first.")
        cells = [values.get(name, math.nan) for name in COLUMNS[1:]]
        self._writer.writerow([step, *("" if math.isnan(v) else f"{v:.9g}" for v in cells)])
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _rows(path: Path) -> list[list[str]]:
    """Return the whole rows of an earlier training."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [row for row in csv.reader(file) if len(row) == len(COLUMNS) and row[0].isdigit()]


@final
class TensorBoard(Logger):
    """Event files that TensorBoard shows. Needs the extra ``tensorboard`` (tensorboardX).

    Args:
        folder: where the event files go; made if it is missing.

    Raises:
        MissingExtra: tensorboardX is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        try:
            import tensorboardX
        except ImportError as error:
            raise MissingExtra(
                "tensorboardX", "no such package", 'Run pip install "residuum[tensorboard]".'
            ) from error
        self.folder, self._module = Path(folder), tensorboardX
        self._writer: Any = None

    def begin(self, step: int) -> None:
        """Open an event file; what an interrupted run wrote behind the step is hidden."""
        self._writer = self._module.SummaryWriter(str(self.folder), purge_step=step or None)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write one point of each curve."""
        assert self._writer is not None, "begin comes first"
        for name, value in values.items():
            if not math.isnan(value):
                self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Close the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
