"""Where operators work: frames are checked."""

from __future__ import annotations

import pytest

from residuum._core import OptionError
from residuum.operators import GridFrame


def test_frames_are_checked() -> None:
    GridFrame(2, 1, (8, 8), (1.0, 1.0), ("zero", "wrap"))
    with pytest.raises(OptionError, match="one or more"):
        GridFrame(0, 1, (8,), (1.0,), ("zero",))
    with pytest.raises(OptionError, match="per axis"):
        GridFrame(1, 1, (8, 8), (1.0,), ("zero", "zero"))
