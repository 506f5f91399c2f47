"""Records of a solve."""

from __future__ import annotations

import json
import math
from importlib.metadata import version

from residuum._core import Record, peak_memory_mb, versions


def test_a_record_is_plain_data() -> None:
    record = Record("PINN()", "7", {"train": 1.5}, 120.0, {"iterations": 3}, 41, ["a note"])
    record.history["loss"] = [2.0, 1.0]
    plain = json.loads(json.dumps(record.to_dict()))
    assert plain == record.to_dict()
    assert Record(**plain) == record
    assert plain["history"] == {"loss": [2.0, 1.0]} and plain["unknowns"] == 41


def test_records_share_nothing() -> None:
    first, second = Record(), Record()
    first.notes.append("only here")
    first.seconds["train"] = 1.0
    assert second.notes == [] and second.seconds == {}
    plain = first.to_dict()
    plain["notes"].append("not in the record")
    assert first.notes == ["only here"]


def test_versions_are_those_installed() -> None:
    found = versions()
    assert found["jax"] == version("jax") and found["sympy"] == version("sympy")
    assert {"python", "platform", "residuum", "numpy", "scipy"} <= set(found)
    assert Record().versions == found


def test_peak_memory_is_in_megabytes() -> None:
    # An interpreter with JAX loaded takes more than 50 MB; the machine has less than 10 TB.
    peak = peak_memory_mb()
    assert 50 < peak < 1e7 and math.isfinite(peak)
