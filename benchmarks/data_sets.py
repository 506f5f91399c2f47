"""Seconds of one core per sample of the named families, by the library's own solvers.

    python benchmarks/data_sets.py            measures and writes benchmarks/results/data_sets.json
    python benchmarks/data_sets.py --print    prints the table of the stored results

Processor time of the process, not wall time, on one thread: what a worker of a data set spends. The
first sample compiles and is told apart; median and range are over the others.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

from measure import RESULTS, machine

import residuum as rs
from residuum._core._cores import one_blas_thread
from residuum.datasets._plan import plan

SAMPLES, KEY = 4, 7
FILE = RESULTS / "data_sets.json"
ROWS: list[tuple[str, rs.Spectral | None, float]] = [
    ("burgers", None, 1e-3),
    ("darcy_two_phase", None, 1e-2),
    ("navier_stokes", rs.Spectral(steps=64), 1e-3),
    ("darcy_smooth", None, 1e-3),
    ("darcy_two_phase", None, 1e-3),
    ("navier_stokes", None, 1e-3),
]


def measured(name: str, method: rs.Spectral | None, tol: float) -> dict[str, Any]:
    """Return seconds and errors of a few samples."""
    entry = rs.catalogue.named_family(name)
    family = entry.build()
    nodes = plan(family, entry.shape, entry.times)
    seconds, errors, methods = [], [], []
    for number in range(SAMPLES):
        start = time.process_time()
        member = family.draw(KEY, number)
        answer = rs.solve(member, method, tol=tol, progress=False)
        nodes.values(member, answer)
        seconds.append(time.process_time() - start)
        errors.append(answer.certificate.relative)
        methods.append(answer.record.method)
    return {
        "family": name,
        "nodes": list(nodes.shape),
        "moments": 0 if nodes.times is None else len(nodes.times),
        "method": methods[-1],
        "tol": tol,
        "first": seconds[0],
        "median": statistics.median(seconds[1:]),
        "range": [min(seconds[1:]), max(seconds[1:])],
        "error": max(errors),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows in Markdown."""
    lines = ["| family | nodes | moments | method | tol | s a sample | range | first | error |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        nodes = " × ".join(map(str, row["nodes"]))
        low, high = row["range"]
        lines.append(
            f"| `{row['family']}` | {nodes} | {row['moments'] or '-'} | `{row['method']}` "
            f"| {row['tol']:g} | {row['median']:.2g} | {low:.2g} to {high:.2g} "
            f"| {row['first']:.2g} | {row['error']:.0e} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, or print what was measured."""
    if "--print" in sys.argv:
        print(table(json.loads(FILE.read_text())["rows"]))
        return
    rows: list[dict[str, Any]] = []
    for row in ROWS:
        with one_blas_thread():
            rows.append(measured(*row))
        found = {"machine": machine(), "key": KEY, "samples": SAMPLES, "rows": rows}
        FILE.write_text(json.dumps(found, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
