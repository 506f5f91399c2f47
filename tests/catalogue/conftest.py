"""Where the reference data made by others lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="session")
def data() -> Callable[[str], dict[str, Any]]:
    """Return a reader of ``name.npz``; the test is skipped where the folder is absent."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("RESIDUUM_DATA", beside))

    def read(name: str) -> dict[str, Any]:
        path = folder / f"{name}.npz"
        if not path.exists():
            pytest.skip(f"no {path}: set RESIDUUM_DATA to the folder of reference data")
        with np.load(path) as arrays:
            return dict(arrays)

    return read
