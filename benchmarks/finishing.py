"""What finishing a surrogate's answer to ``tol=1e-3`` takes beside the classical solve.

    python benchmarks/finishing.py             eight members of both families; store
    python benchmarks/finishing.py 20          twenty members
    python benchmarks/finishing.py --print     print the stored table in Markdown

The families are those of ``surrogates.py``, learned from sixty samples here: kernel regression, and
one coarse classical solve, which needs none. After one member that compiles what there is to
compile, every unseen member is solved in each way in turn, in one process: the guess alone, the
guess finished to the tolerance, the classical method. What is finished is the guess's solve as
well.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from typing import Any

import measure
import surrogates

import residuum as rs
from residuum._core import Method
from residuum.methods import CoarseSolve
from residuum.operators import KernelRegression

NAME, TOL, SAMPLES, MEMBERS = "finishing", 1e-3, 60, 8
WARM, FIRST = 9_999, 10_000


def methods(name: str) -> dict[str, Method]:
    """Return the rows: what is fitted fast, and what needs no samples."""
    statement = surrogates.KINDS[name].member(0, False)
    fitted = rs.train(KernelRegression(), surrogates.samples(name), problem=statement)
    return {"kernel regression": fitted, "coarse solve": CoarseSolve(16)}


def seconds(member: rs.Problem, **options: Any) -> tuple[float, rs.Solution]:
    """Return the wall seconds of a solve, and the answer."""
    begun = time.perf_counter()
    found = rs.solve(member, progress=False, **options)
    return time.perf_counter() - begun, found


def asked(member: rs.Problem, rows: dict[str, Method]) -> dict[str, Any]:
    """Solve a member in every way."""
    found: dict[str, Any] = {"classical": seconds(member, tol=TOL)[0]}
    for row, method in rows.items():
        guess, _ = seconds(member, method=method, refine=None)
        spent, answer = seconds(member, method=method, tol=TOL)
        found[row] = {"guess": guess, "finished": spent, "result": answer.result.code}
    return found


def run(name: str, count: int) -> list[dict[str, Any]]:
    """Return the figures of a family, member by member."""
    rows, member = methods(name), surrogates.KINDS[name].member
    asked(member(WARM, False), rows)
    return [asked(member(FIRST + number, False), rows) for number in range(count)]


def table(families: dict[str, list[dict[str, Any]]]) -> str:
    """Return medians and ranges, and how often the tolerance was reached."""
    lines = []
    for name, entries in families.items():
        for row in (key for key in entries[0] if key != "classical"):
            own = [entry[row] for entry in entries]
            ratios = [e[row]["finished"] / e["classical"] for e in entries]
            results = Counter(item["result"] for item in own)
            lines.append(
                [
                    f"{name}, {row}",
                    measure.spread([item["guess"] for item in own]),
                    measure.spread([item["finished"] for item in own]),
                    measure.spread([entry["classical"] for entry in entries]),
                    measure.spread(ratios),
                    f"{results['tolerance reached']} of {len(own)}",
                ]
            )
    head = ["family, guess", "s, guess", "s, finished", "s, classical", "finished / classical"]
    return measure.table([*head, "reached 1e-3"], lines)


def main(words: list[str]) -> None:
    """Run and store, or print."""
    if "--print" not in words:
        surrogates.TRAINED = SAMPLES
        surrogates.STORE = measure.RESULTS / NAME
        count = next((int(word) for word in words if word.isdigit()), MEMBERS)
        found = {name: run(name, count) for name in surrogates.KINDS}
        measure.store(NAME, {"tolerance": TOL, "samples": SAMPLES, "families": found})
    stored = json.loads((measure.RESULTS / f"{NAME}.json").read_text())
    print(table(stored["families"]))


if __name__ == "__main__":
    main(sys.argv[1:])
