"""The accuracy on Burgers that jinns reaches by two of its rules, asked of a part of its time.

    RESIDUUM_JINNS_PYTHON=… python benchmarks/jinns_times.py [--seeds 7 13 29]
    python benchmarks/jinns_times.py --print

jinns trains a network of three layers of twenty on 2,500 points with Adam and with its natural
gradient (``peers/jinns_burgers.py``). Then every row of ``deepxde_times.py`` gets a thirtieth of
the seconds of the more accurate one, its whole process counted; where that is not enough, an
eleventh; then all. Errors are relative L2, and only reported.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import measure
import numpy as np
from deepxde_times import IMPORT, PARTS, STATEMENTS, grid, methods

NAME, CASE = "jinns_times", "burgers"
PEER = os.environ.get("RESIDUUM_JINNS_PYTHON", "")
RULES = {"adam": 20_000, "natural": 500}
"""Iterations of a rule."""


def peer(rule: str, seed: int) -> dict[str, Any]:
    """Return error and seconds of jinns."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "exact.npz"
        points = grid(CASE)
        np.savez(file, points=points, exact=STATEMENTS[CASE][1](points))
        arguments = [str(file), str(seed), rule, str(RULES[rule])]
        _, found = measure.python("peers/jinns_burgers.py", *arguments, interpreter=PEER)
    return dict(found)


def rows_of(seed: int) -> dict[str, Any]:
    """Return all rows for a seed."""
    rows: dict[str, Any] = {f"jinns, {rule}": peer(rule, seed) for rule in RULES}
    theirs = min(rows.values(), key=lambda row: row["error"])
    for row in methods(CASE):
        for part in PARTS:
            seconds = max(part * theirs["seconds"], IMPORT)
            options = [CASE, "--row", row, "--seeds", str(seed), "--seconds", str(seconds)]
            _, rows[row] = measure.python("deepxde_times.py", *options)
            if rows[row]["error"] <= theirs["error"]:
                rows[row]["times less"] = theirs["seconds"] / rows[row]["seconds"]
                break
    return rows


def show(seeds: dict[str, Any]) -> str:
    """Return the table."""
    lines = []
    for row in next(iter(seeds.values())):
        runs = [rows[row] for rows in seeds.values()]
        times = [run["times less"] for run in runs if "times less" in run]
        reached = measure.spread(times, "{:.1f}") if len(times) == len(runs) else "not reached"
        lines.append(
            [
                row,
                measure.spread([run["error"] for run in runs], "{:.1e}"),
                measure.spread([run["seconds"] for run in runs], "{:.1f}"),
                "" if row.startswith("jinns") else reached,
            ]
        )
    return measure.table(["row", "error", "seconds", "times less than jinns"], lines)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 13, 29])
    parser.add_argument("--print", action="store_true", help="print what is stored, run nothing")
    chosen = parser.parse_args()
    path = measure.RESULTS / f"{NAME}.json"
    seeds: dict[str, Any] = json.loads(path.read_text())["seeds"] if path.exists() else {}
    if not chosen.print:
        if not PEER:
            parser.error("name an interpreter that has jinns by RESIDUUM_JINNS_PYTHON")
        for seed in chosen.seeds:
            seeds[str(seed)] = rows_of(seed)
            measure.store(NAME, {"seeds": seeds})
            print(seed, json.dumps(seeds[str(seed)]), file=sys.stderr)
    print(show(seeds))


if __name__ == "__main__":
    main()
