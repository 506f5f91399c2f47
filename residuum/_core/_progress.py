"""Progress on a terminal, with a time estimate; shown only once a solve takes two seconds."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from residuum._core._budget import Listener

PATIENCE = 2.0


class Silent:
    """Passes a listener through, or none."""

    def __init__(self, listener: Listener | None) -> None:
        self.listener = listener

    def __enter__(self) -> Listener | None:
        return self.listener

    def __exit__(self, *error: object) -> None:
        return None


class Bar:
    """A bar on standard error."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.bar: Progress | None = None

    def __enter__(self) -> Listener:
        return self.update

    def update(self, fraction: float, message: str) -> None:
        """Show the fraction done."""
        if self.bar is None:
            if time.perf_counter() - self.started < PATIENCE:
                return
            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
            self.row = self.bar.add_task("solving", total=1.0)
        self.bar.update(self.row, completed=fraction, description=message or "solving")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
