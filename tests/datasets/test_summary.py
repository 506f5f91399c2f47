"""A set in numbers."""

from __future__ import annotations

from pathlib import Path

from residuum.datasets._store import Store
from residuum.datasets._summary import summary


def test_the_summary_says_what_the_set_holds(made: Path) -> None:
    found = summary(Store(made))
    text = str(found)
    for part in ("line", "3 solved, 0 failed, 0 missing", "a, s", "x: 9 from 0 to 1", "tol 0.01"):
        assert part in text
    assert 0 < found.error[0] <= found.error[1] <= 1e-2 and found.seconds > 0
