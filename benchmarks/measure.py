"""What the benchmark scripts share: processes in turn, medians, tables, the machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PEER = os.environ.get("RESIDUUM_PEER_PYTHON", "")
"""Interpreter of an environment with DeepXDE and PyTorch; its rows are left out without one."""


def machine() -> dict[str, str]:
    """Return what the figures depend on besides the code."""
    names = ("jax", "jaxlib", "equinox", "numpy", "scipy", "sympy")
    found = {name: version(name) for name in names}
    return {
        "cores": str(os.cpu_count()),
        "processor": platform.machine(),
        "python": platform.python_version(),
        **found,
    }


def process(command: Sequence[str], limit: float = 900.0) -> tuple[float, str]:
    """Run a command; return its whole wall time and standard output."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return seconds, done.stdout


def last_json(output: str) -> Any:
    """Return the JSON document at the end of a script's output."""
    return json.loads(output.strip().splitlines()[-1])


def python(script: str, *arguments: str, interpreter: str = sys.executable) -> tuple[float, Any]:
    """Run a script of this folder in a fresh process; return wall time and its JSON."""
    path = ROOT / "benchmarks" / script
    seconds, output = process([interpreter, str(path), *arguments])
    return seconds, last_json(output)


def interleaved(tasks: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run every task once a round, in turn, so that drift of the machine hits all alike."""
    found: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            found[name].append(task())
    return found


def spread(values: Sequence[float], form: str = "{:.2g}") -> str:
    """Return median and range as text."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{form.format(middle)} ({form.format(low)} – {form.format(high)})"


def store(name: str, data: dict[str, Any]) -> None:
    """Write results beside the scripts, with the machine they come from."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), **data}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
