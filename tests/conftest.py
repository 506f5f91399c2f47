"""What all tests share: how programs are compiled, and when they are let go."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Compile fast tests with the least effort: most of their time is compiling, not running.

    Slow tests, and those that CI runs of them, get programs as users get them.
    """
    if config.option.markexpr != "slow":
        os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # of commands they start
        jax.config.update("jax_disable_most_optimizations", True)


SLOW = Path(__file__).with_name("slow.txt")
"""Tests that took longest, one a line: written by ``scripts/slow_tests`` from a timed run."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is on the list, before marks decide what runs."""
    slow = set(SLOW.read_text("utf-8").splitlines())
    for item in items:
        if item.nodeid in slow:
            item.add_marker("slow")


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
