"""Certificates against true errors: is any bound too low, how sharp are they, what do they cost?

    python benchmarks/certificates.py            all pairs; print and store (about half an hour)
    python benchmarks/certificates.py NAME …     the pairs of some problems, keep the other rows
    python benchmarks/certificates.py --by "elements bound" NAME …   ask these certifiers alone, of
        the pairs of some problems or of all, and keep the other rows (commas between certifiers)
    python benchmarks/certificates.py --print    print the stored tables in Markdown

A pair is a problem with a known solution and an answer to it: networks that are untrained,
half-trained, trained, wrong on the boundary, or overfitted between their points; fixed features;
coarse elements and coarse spectral answers. Effectivity is certificate over true error, in the same
norm. Bounds are counted as ``rs.verify`` gives them: the first certifier that can speak of a pair
in a norm is heard, others that were asked by name are counted apart. The cost is the wall time of
the certificate once its programs are compiled, over that of a classical solve of equal accuracy,
also compiled.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import measure
from certified_pairs import (
    SEED,
    Known,
    catalogued,
    elastic,
    elliptic,
    networks,
    others,
    truth,
)

SHARP, FAIR = (1.0, 5.0), (0.5, 3.0)
SHARE = 0.9
"""Effectivities wanted of bounds and of estimates, and of what share of them."""
FROM_CATALOGUE = ("half-trained", "trained", "random features")
"""Answers asked for of problems of the catalogue."""
EXACT = 1e-9
"""Relative errors below this are rounding, and not compared."""


def known() -> dict[str, Known]:
    """Return the problems by name."""
    return {item.name: item for item in [*elliptic(), elastic(), *others(), *catalogued()]}


def answers(item: Known) -> Iterator[tuple[str, str, Any]]:
    """Return answers to a problem: name, family and solution."""
    import residuum as rs
    from residuum.methods import Chebyshev

    methods: dict[str, Any] = {**networks()}
    methods["random features"] = rs.RandomFeatures()
    methods["coarse elements"] = rs.FiniteElement(order=1, levels=1)
    methods["quadratic elements"] = rs.FiniteElement(order=2, levels=1)
    methods["coarse spectral"] = Chebyshev(modes=7, largest=70)
    chosen = FROM_CATALOGUE if callable(item.exact) else tuple(methods)
    for name in chosen:
        method = methods[name]
        if method.refuse(item.problem) is None:
            answer = rs.solve(item.problem, method, key=SEED, refine=None, progress=False)
            yield name, method.family, answer


def asked(item: Known, certifiers: Any) -> list[tuple[str, Any]]:
    """Return the certificates asked of a problem: norm and certifier."""
    found = [(norm, c) for c in certifiers for norm in ("energy", "L2")]
    return found if item.tensor is not None else [pair for pair in found if pair[0] == "L2"]


def rows_of(item: Known, by: list[str]) -> list[dict[str, Any]]:
    """Return a row for every certificate that can be given of every answer."""
    import residuum as rs
    from residuum._verify import rival
    from residuum.certify import certifiers

    found = []
    every = [c for c in certifiers(rival(item.problem)) if not by or c.name in by]
    _classical_seconds(item, 1e-3)  # compiled once
    for name, family, answer in answers(item):
        real = truth(item, answer)
        if real.error <= EXACT * real.size:
            continue
        classical = _classical_seconds(item, max(real.error / real.size, 1e-8))
        for norm, certifier in asked(item, every):
            if norm not in certifier.norms or certifier.refuse(answer, norm):
                continue
            certificate = rs.verify(answer, norm=norm, by=certifier)
            start = time.perf_counter()
            certificate = rs.verify(answer, norm=norm, by=certifier)
            seconds = time.perf_counter() - start
            error = real.error if norm == "L2" else real.energy
            row = {
                **{"problem": item.name, "answer": name, "family": family, "norm": norm},
                **{"by": certifier.name, "kind": certificate.kind, "error": error},
                "relative": real.error / real.size,
                "value": None if certificate.kind == "none" else certificate.value,
                "seconds": seconds,
                "classical": classical,
                "why": list(certificate.assumptions),
            }
            found.append(row)
            print(json.dumps({k: row[k] for k in row if k != "why"}), file=sys.stderr, flush=True)
    return found


def _classical_seconds(item: Known, tol: float) -> float:
    """Return the seconds of a classical solve of equal accuracy."""
    import residuum as rs

    start = time.perf_counter()
    rs.solve(item.problem, tol=min(tol, 0.5), progress=False)
    return time.perf_counter() - start


def effectivity(row: dict[str, Any]) -> float:
    """Return certificate over true error."""
    return float(row["value"] / row["error"])


def show(rows: list[dict[str, Any]]) -> str:
    """Return the table, a line per certificate."""
    lines = []
    for row in rows:
        said = "none" if row["value"] is None else f"{effectivity(row):.2f}"
        cost = f"{row['seconds'] / row['classical']:.2f}"
        first = [row["problem"], row["answer"], f"{row['relative']:.1e}", row["by"], row["kind"]]
        lines.append([*first, row["norm"], said, f"{row['seconds']:.2f}", cost])
    head = ["problem", "answer", "relative L2 error", "certificate by", "kind", "norm"]
    return measure.table([*head, "effectivity", "seconds", "over classical"], lines)


def judged(met: bool) -> str:
    """Return the end of a line about a figure."""
    return "." if met else ": **not met**."


def heard(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the bounds that ``rs.verify`` gives, the first that speaks, and all others."""
    from residuum.certify._certify import bounds as proofs

    first: dict[tuple[str, str, str], dict[str, Any]] = {}
    bounds = [row for row in rows if row["kind"] == "bound"]
    for row in sorted(bounds, key=lambda r: [c.name for c in proofs()].index(r["by"])):
        first.setdefault((row["problem"], row["answer"], row["norm"]), row)
    chosen = {id(row) for row in first.values()}
    return [r for r in bounds if id(r) in chosen], [r for r in bounds if id(r) not in chosen]


def count(rows: list[dict[str, Any]]) -> str:
    """Return the figures wanted and reached."""
    pairs = {(row["problem"], row["answer"]) for row in rows}
    lines = [f"{len(pairs)} pairs, {len(rows)} certificates asked."]
    bounds, rest = heard(rows)
    estimates = [row for row in rows if row["kind"] == "estimate"]
    for words, chosen, (low, high) in (
        ("bounds", bounds, SHARP),
        ("further bounds, asked by name,", rest, SHARP),
        ("estimates", estimates, FAIR),
    ):
        for norm in ("energy", "L2"):
            found = [row for row in chosen if row["norm"] == norm]
            if not found:
                continue
            values = [effectivity(row) for row in found]
            inside = sum(low <= value <= high for value in values)
            below = sum(value < 1 for value in values)
            middle = statistics.median(values)
            text = (
                f"{words} in the {norm} norm: {len(found)}; effectivity median {middle:.2f}, from"
                f" {min(values):.2f} to {max(values):.2f}; between {low:g} and {high:g} in"
                f" {inside / len(found):.0%}"
            )
            text += "" if chosen is estimates else f"; below the true error: {below}"
            sound = chosen is estimates or not below
            lines.append(text + judged(inside >= SHARE * len(found) and sound))
    for words, most, keep in (
        (
            "smooth answers below 1e-3",
            0.5,
            lambda r: r["relative"] < 1e-3 and "element" not in r["answer"],
        ),
        ("the others", 1.5, lambda r: not (r["relative"] < 1e-3 and "element" not in r["answer"])),
    ):
        costs = [r["seconds"] / r["classical"] for r in bounds if keep(r)]
        if costs:
            middle = statistics.median(costs)
            lines.append(
                f"cost of bounds over a classical solve of equal accuracy, {words}: median"
                f" {middle:.2f}, largest {max(costs):.2f}; wanted {most:g}" + judged(middle <= most)
            )
    return "\n\n".join(lines)


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows by problem and answer, in the order in which these are asked."""
    problems = list(known())
    answers = list(dict.fromkeys(row["answer"] for row in rows))
    return sorted(rows, key=lambda r: (problems.index(r["problem"]), answers.index(r["answer"])))


def main() -> None:
    """Run what the command line asks for."""
    arguments, by = sys.argv[1:], []
    if arguments[:1] == ["--by"]:
        by, arguments = arguments[1].split(","), arguments[2:]
    if arguments[:1] == ["--one"]:
        print(json.dumps(rows_of(known()[" ".join(arguments[1:])], by)))
        return
    path = measure.RESULTS / "certificates.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    if arguments != ["--print"]:
        chosen = ["--by", ",".join(by)] if by else []
        for name in arguments or known():
            command = [sys.executable, "-W", "ignore", __file__, *chosen, "--one", name]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                print(f"{name} failed", flush=True)
                continue
            new = measure.last_json(done.stdout)
            rows = [r for r in rows if r["problem"] != name or (by and r["by"] not in by)]
            rows = _sorted([*rows, *new])
            measure.store("certificates", {"rows": rows})
    print(show(rows))
    print()
    print(count(rows))


if __name__ == "__main__":
    main()
