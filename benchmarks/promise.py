"""Does ``solve --tol 1e-3`` keep its promise, with a network of a few seconds as the guess?

    python benchmarks/promise.py               every case whose reference can be trusted; store
    python benchmarks/promise.py NAME …        some cases, keep the other stored rows
    python benchmarks/promise.py --print       print the stored table in Markdown

Each case runs in a process of its own: a network (``rs.PINN()``, its defaults) is stopped after
20 s, then refined to 1e-3 as ``solve`` does it. The error is measured against the reference of the
catalogue at 2,000 points; the promise is broken where the result says "tolerance reached" and the
error is above 1e-3 and above what the reference itself can be trusted to.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import measure
from catalogue_levels import CHAOTIC

TOL, GUESS, BUDGET = 1e-3, 20.0, 300.0
TRUST = 1e-3
"""A reference less sure than this cannot judge a promise of 1e-3."""


def names() -> list[str]:
    """Return the cases whose reference can judge the promise."""
    from residuum import catalogue

    found = []
    for name in catalogue.names():
        case = catalogue.case(name)
        if case.reference is not None and case.floor <= TRUST and name not in CHAOTIC:
            found.append(name)
    return found


def solve(name: str) -> dict[str, Any]:
    """Train and refine one case in this process."""
    import residuum as rs
    from residuum.problem._places import interior_points

    case = rs.catalogue.case(name)
    problem, method = case.build(), rs.PINN()
    start = case.start(problem)
    reason = method.refuse(problem)
    if reason:
        return {"result": "refused", "notes": [reason], "seconds": {}, "error": None}
    points = interior_points(problem, 2000, 31)
    guess = rs.solve(problem, method, budget=GUESS, refine=None, progress=False, start=start)
    before = guess.error(case.reference, points)
    answer = rs.refine(guess, TOL, budget=BUDGET, progress=False, start=start)
    own = len(guess.record.notes)
    return {
        "result": answer.result.code,
        "guess": before,
        "error": answer.error(case.reference, points),
        "floor": case.floor,
        "certificate": answer.certificate.to_dict(),
        "seconds": answer.record.seconds,
        "notes": answer.record.notes[own:],
    }


def run(name: str) -> dict[str, Any]:
    """Run one case in a fresh process; what goes wrong is a row too."""
    command = [sys.executable, "-W", "ignore", __file__, "--one", name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=3 * BUDGET, check=False
        )
    except subprocess.TimeoutExpired:
        return {"result": "timed out", "notes": [], "seconds": {}, "error": None}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"result": f"failed: {last[0][:160]}", "notes": [], "seconds": {}, "error": None}
    found: dict[str, Any] = measure.last_json(done.stdout)
    return found


def broken(row: dict[str, Any]) -> bool:
    """Whether a row claims the tolerance and misses it."""
    claimed = row["result"] == "tolerance reached"
    return claimed and row["error"] > TOL + row["floor"]


def show(rows: dict[str, dict[str, Any]]) -> str:
    """Return the table."""
    lines = []
    for name, row in sorted(rows.items()):
        certificate = row.get("certificate") or {"kind": "none", "relative": None}
        relative = certificate["relative"]
        said = certificate["kind"] if relative is None else f"{certificate['kind']} {relative:.1e}"
        numbers = [
            "" if row.get(key) is None or math.isnan(row[key]) else f"{row[key]:.1e}"
            for key in ("guess", "error")
        ]
        total = f"{row['seconds'].get('total', 0.0):.0f}"
        saved = next((n for n in row["notes"] if "saved" in n or "nothing was" in n), "")
        lines.append([name, row["result"], numbers[0], numbers[1], said, total, saved])
    head = ["case", "result", "guess", "answer", "certificate", "seconds", "what the guess saved"]
    return measure.table(head, lines)


def count(rows: dict[str, dict[str, Any]]) -> str:
    """Return in words how often the promise was kept."""
    claimed = [row for row in rows.values() if row["result"] == "tolerance reached"]
    wrong = sorted(name for name, row in rows.items() if broken(row))
    rest = sorted(name for name, row in rows.items() if row["result"] != "tolerance reached")
    return (
        f"{len(rows)} cases: {len(claimed)} say the tolerance is reached, {len(wrong)} of them"
        f" wrongly{': ' * bool(wrong)}{', '.join(wrong)}. Not reached, and said so:"
        f" {', '.join(rest) or 'none'}."
    )


def main() -> None:
    """Run what the command line asks for."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--one"]:
        print(json.dumps(solve(arguments[1])))
        return
    path = measure.RESULTS / "promise.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else {}
    if arguments != ["--print"]:
        for name in arguments or names():
            rows[name] = run(name)
            measure.store("promise", {"rows": rows})
            print(name, rows[name]["result"], rows[name].get("error"), flush=True)
    print(show(rows))
    print()
    print(count(rows))


if __name__ == "__main__":
    main()
