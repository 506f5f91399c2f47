"""What a data set holds, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from residuum.datasets._store import Store


@dataclass(frozen=True)
class Summary:
    """A data set in numbers.

    Args:
        path: its folder.
        count: samples asked for.
        solved: samples with a label.
        failed: reasons by sample, of those without one.
        seconds: median wall seconds of a solve.
        error: median and largest relative error of the labels, by the solver's own estimate.
        about: provenance: statement, key, method, tolerance, versions, nodes, names.
    """

    path: Path
    count: int
    solved: int
    failed: dict[int, str]
    seconds: float
    error: tuple[float, float]
    about: dict[str, Any] = field(repr=False)

    @property
    def missing(self) -> int:
        """Samples that are still to be solved."""
        return self.count - self.solved - len(self.failed)

    def rows(self) -> list[tuple[str, str]]:
        """Return labels and texts for a table."""
        about = self.about
        nodes = ", ".join(
            f"{name}: {n} from {low:g} to {high:g}"
            for name, (low, high, n) in about["axes"].items()
        )
        rows = [
            ("family", str(about["name"])),
            ("samples", f"{self.solved} solved, {len(self.failed)} failed, {self.missing} missing"),
            ("inputs", ", ".join(about["inputs"])),
            ("outputs", ", ".join(about["outputs"])),
            ("nodes", f"{nodes} (beyond: {', '.join(about['edges'])})"),
        ]
        if about["times"] is not None:
            times = about["times"]
            rows.append(("times", f"{len(times)} from {times[0]:g} to {times[-1]:g}"))
        rows += [
            ("label error", f"{self.error[0]:.1e} median, {self.error[1]:.1e} largest, relative"),
            ("solve", f"{self.seconds:.2g} s a sample, {about['method']}, tol {about['tol']}"),
            ("key", str(about["key"])),
            ("versions", ", ".join(f"{k} {v}" for k, v in about["versions"].items())),
        ]
        for number, reason in list(self.failed.items())[:5]:
            rows.append((f"failed {number}", reason))
        return rows

    def __str__(self) -> str:
        width = max(len(label) for label, _ in self.rows())
        return "\n".join(f"{label:<{width}}  {text}" for label, text in self.rows())


def summary(store: Store) -> Summary:
    """Return the numbers of an open data set."""
    entries = [e for e in store.entries.values() if e.sample < store.count]
    solved = [entry for entry in entries if entry.solved]
    errors = np.array([entry.error for entry in solved if np.isfinite(entry.error)] or [np.nan])
    seconds = [entry.seconds for entry in entries] or [np.nan]
    return Summary(
        store.path,
        store.count,
        len(solved),
        {entry.sample: entry.reason for entry in sorted(entries, key=_number) if not entry.solved},
        float(np.median(seconds)),
        (float(np.median(errors)), float(np.max(errors))),
        store.about,
    )


def _number(entry: Any) -> int:
    return int(entry.sample)


def finish(store: Store) -> None:
    """Write what the journal says into the group, for those who read it without this library."""
    columns: dict[str, Any] = {
        "label_error": np.full(store.count, np.nan),
        "label_seconds": np.full(store.count, np.nan),
        "labelled": np.zeros(store.count, np.int8),
    }
    for k, entry in store.entries.items():
        if k < store.count:
            columns["label_error"][k] = entry.error
            columns["label_seconds"][k] = entry.seconds
            columns["labelled"][k] = entry.solved
    for name, values in columns.items():
        store.group.create_array(name, data=values, dimension_names=("sample",), overwrite=True)
