"""What a diagnosis says."""

from __future__ import annotations

import json
import math

import pytest

from residuum._core import OptionError
from residuum.analysis import Diagnosis, Finding
from residuum.analysis._finding import grade

ONE = Finding("cause", "seen 3", "Mend it.", 0.5, {"seen": 3.0, "not": math.inf})


def test_words_and_plain_data() -> None:
    found = Diagnosis((ONE,), ("it is bad",), {"residual": 0.25}, ("other: no time",))
    text = str(found)
    assert all(word in text for word in ("it is bad", "2.5e-01", "cause (0.50)", "not looked at"))
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert again["poor"] and again["findings"][0]["numbers"] == {"seen": 3.0, "not": None}


def test_nothing_and_no_cause_say_so() -> None:
    assert str(Diagnosis(())).startswith("nothing found")
    assert "no cause was found" in str(Diagnosis((), ("it is bad",)))


def test_strengths_are_graded_by_the_logarithm() -> None:
    assert grade(1.0, 10.0, 1000.0) == 0.0 and grade(math.nan, 10.0, 1000.0) == 0.0
    assert grade(100.0, 10.0, 1000.0) == pytest.approx(0.5) and grade(math.inf, 10, 20) == 1.0
    with pytest.raises(OptionError, match="strength"):
        Finding("cause", "", "", 1.5)
