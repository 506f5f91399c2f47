"""Every case of the catalogue by its default classical method: do two refinement levels agree?

    python benchmarks/catalogue_levels.py               solve all, print and store (half an hour)
    python benchmarks/catalogue_levels.py NAME …        solve some, keep the other stored rows
    python benchmarks/catalogue_levels.py NAME --tol 1e-2 --seconds 1200
    python benchmarks/catalogue_levels.py --print       print the stored table in Markdown

Each case runs in a process of its own with tolerance 1e-4 and a budget of five minutes; results are
stored after every case. The seconds are those of ``rs.solve``, compilation included. Answers to
cases without a reference are kept in out/references, where anchors.py compares others with them.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from typing import Any

import measure

TOL, BUDGET = 1e-4, 300.0
REFERENCES = measure.ROOT / "out" / "references"
CHAOTIC = {
    "kuramoto_sivashinsky_chaotic",
    "kuramoto_sivashinsky_long",
    "lorenz",
    "pinnacle_kuramoto_sivashinsky",
}
"""Cases whose two levels part exponentially, whatever solves them."""


def solve(name: str, tol: float, budget: float) -> dict[str, Any]:
    """Solve one case in this process."""
    import residuum as rs
    from residuum.problem._places import interior_points

    case = rs.catalogue.case(name)
    problem = case.build()
    start = time.perf_counter()
    answer = rs.solve(problem, tol=tol, budget=budget, progress=False, start=case.start(problem))
    seconds = time.perf_counter() - start
    row: dict[str, Any] = {
        "method": answer.record.method.partition("(")[0],
        "tol": tol,
        "result": answer.result.code,
        "levels": None if math.isnan(answer.certificate.relative) else answer.certificate.relative,
        "norm": answer.certificate.norm,
        "seconds": seconds,
        "unknowns": answer.record.unknowns,
        "notes": answer.record.notes,
        "error": None,
    }
    if case.reference is None:
        REFERENCES.mkdir(parents=True, exist_ok=True)
        answer.save(REFERENCES / f"{name}.rs")
    else:
        row["error"] = answer.error(case.reference, interior_points(problem, 2000, 31))
        row["floor"] = case.floor
    return row


def run(name: str, tol: float, budget: float) -> dict[str, Any]:
    """Solve one case in a fresh process; what goes wrong is a row too."""
    command = [sys.executable, "-W", "ignore", __file__, "--one", name]
    command += ["--tol", str(tol), "--seconds", str(budget)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=2 * budget, check=False
        )
    except subprocess.TimeoutExpired:
        return {"method": "", "result": "timed out", "levels": None, "seconds": 2 * budget}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"method": "", "result": f"failed: {last[0][:160]}", "levels": None, "seconds": 0.0}
    found: dict[str, Any] = measure.last_json(done.stdout)
    return found


def show(rows: dict[str, dict[str, Any]]) -> str:
    """Return the table."""
    lines = []
    for name, row in sorted(rows.items()):
        levels = "" if row["levels"] is None else f"{row['levels']:.1e}"
        error = f"{row['error']:.1e}" if row.get("error") is not None else ""
        seconds, unknowns = f"{row['seconds']:.1f}", str(row.get("unknowns", ""))
        lines.append([name, row["method"], row["result"], levels, error, seconds, unknowns])
    head = ["case", "method", "result", "two levels", "error", "seconds", "unknowns"]
    return measure.table(head, lines)


def count(rows: dict[str, dict[str, Any]]) -> str:
    """Return in words how many cases meet the figure."""
    calm = {name: row for name, row in rows.items() if name not in CHAOTIC}
    met = [r for r in calm.values() if r["levels"] is not None and r["levels"] <= TOL]
    quick = sum(r["seconds"] <= 60 for r in met)
    slowest = max((r["seconds"] for r in met), default=0.0)
    others = ", ".join(sorted(name for name, row in calm.items() if row not in met))
    return (
        f"{len(calm)} cases are not chaotic; two levels of {len(met)} agree to {TOL:g}, of {quick}"
        f" within 60 s, the slowest after {slowest:.0f} s. **Not met** by {others}."
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="NAME")
    parser.add_argument("--tol", type=float, default=TOL)
    parser.add_argument("--seconds", type=float, default=BUDGET)
    parser.add_argument("--print", action="store_true", help="print what is stored, run nothing")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(solve(chosen.cases[0], chosen.tol, chosen.seconds)))
        return
    path = measure.RESULTS / "catalogue_levels.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else {}
    if not chosen.print:
        from residuum import catalogue

        for name in chosen.cases or catalogue.names():
            rows[name] = run(name, chosen.tol, chosen.seconds)
            measure.store("catalogue_levels", {"rows": rows})
            print(
                name, rows[name]["result"], rows[name]["levels"], rows[name]["seconds"], flush=True
            )
    print(show(rows))
    print()
    print(count(rows))


if __name__ == "__main__":
    main()
