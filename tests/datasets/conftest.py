"""One small set that tests read and do not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets._families import small


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a set of three samples on nine nodes."""
    place = tmp_path_factory.mktemp("sets") / "line"
    small(place, 3)
    return place
