"""What belongs to this process alone: when it began, and how quiet its libraries are."""

from __future__ import annotations

import logging
import os
import sys
import time

STARTED = time.perf_counter()
"""Taken while the command line is imported, a few hundredths of a second after the start."""

NOISY = ("jax._src.xla_bridge", "matplotlib")


def seconds() -> float:
    """Return the wall seconds of the process so far."""
    return time.perf_counter() - STARTED


def prepare() -> None:
    """Silence start-up messages; to be called before JAX is imported.

    The library never does this: only a process of our own may be configured.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        # Mathematics needs more letters than some terminals have: a question mark, not a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
