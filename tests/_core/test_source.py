"""Sources."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from residuum._core import Source

PAPER = Source("key", "On Waves", "A. Author, B. Writer", 1999, "doi:10.1/x")


def test_a_source_reads_like_a_reference() -> None:
    assert str(PAPER) == "A. Author, B. Writer (1999). On Waves. doi:10.1/x"
    assert PAPER.maturity == "runs"


def test_a_source_is_a_value() -> None:
    assert Source("key", "On Waves", "A. Author, B. Writer", 1999, "doi:10.1/x") == PAPER
    assert len({PAPER, Source("key", "On Waves", "A. Author, B. Writer", 2000, "doi:10.1/x")}) == 2
    with pytest.raises(FrozenInstanceError):
        PAPER.year = 2001  # type: ignore[misc]
