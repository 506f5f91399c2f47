"""What all tests share: compiled programs are let go before the system runs out of memory maps."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

MOST = 20_000
"""Memory maps of a process; Linux allows 65,530, and compiling crashes beyond them."""


@pytest.fixture(autouse=True, scope="module")
def few_programs() -> Iterator[None]:
    """Drop compiled programs after a module, where thousands have gathered."""
    yield
    maps = Path("/proc/self/maps")
    if maps.exists() and maps.read_text().count("\n") > MOST:
        jax.clear_caches()
        gc.collect()
