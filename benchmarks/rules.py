"""Learning rules at equal processor time on Burgers, for a small and a large network.

python benchmarks/rules.py              all rules, three seeds; results/rules.json as it goes
python benchmarks/rules.py RULE SEED SIZE SECONDS       one run, one JSON line

Every run is a process of its own, ended by Ctrl-C as soon as it has used its processor seconds:
other work may share the machine, and then wall time says little. The error is only reported.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np
from measure import python, store, table

SIZES = {"small": (20, 3), "large": (64, 4)}
SECONDS = {"small": 25, "large": 40}
"""Processor seconds, compilation included."""
RULES = {
    "Gauss–Newton": ("GaussNewton()", ("small",)),
    "quasi-Newton": ("QuasiNewton()", ("small", "large")),
    "quasi-Newton, unscaled": ("QuasiNewton(scaled=False)", ("small",)),
    "matrix-free Gauss–Newton": ("MatrixFreeGaussNewton()", ("small", "large")),
    "SOAP": ("SOAP()", ("small", "large")),
    "Adam": ("Adam()", ("small", "large")),
    "Adam, float32": ("Adam(precision='float32')", ("large",)),
    "L-BFGS": ("LBFGS()", ("small", "large")),
}
FLOOR = "none: random features, one solve"
CLASSICAL = "none: classical (spectral)"


def one(rule: str, seed: int, size: str, seconds: float) -> None:
    """Run one rule, and print its row."""
    import residuum as rs
    import residuum.learning as learning

    case = rs.catalogue.burgers
    problem = case.problem()
    axes = np.linspace(0, 1, 51), np.linspace(-1, 1, 201)
    points = np.stack([c.ravel() for c in np.meshgrid(*axes, indexing="ij")], axis=1)
    exact = case.reference(points)
    width, depth = SIZES[size]
    methods = {FLOOR: rs.RandomFeatures(), CLASSICAL: rs.Spectral()}
    made = methods.get(rule)
    if made is None:
        text = RULES[rule][0]
        made = rs.PINN(rs.MLP(width, depth), eval(text, vars(learning)))
    wall, processor = time.perf_counter(), time.process_time()

    def listener(fraction: float, message: str) -> None:
        if time.process_time() - processor > seconds:
            raise KeyboardInterrupt

    answer = rs.solve(problem, made, key=seed, budget=8 * seconds, refine=None, progress=listener)
    row = {
        "error": float(np.linalg.norm(answer.at(points) - exact) / np.linalg.norm(exact)),
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "weights": answer.record.unknowns,
        "steps": len(answer.record.history.get("loss", [])),
        "loss": (answer.record.history.get("loss") or [float("nan")])[-1],
    }
    print(json.dumps(row))


def main() -> None:
    """Run all rules in turn, seed by seed, and print the tables."""
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for seed in (7, 11, 13):
        for size, seconds in SECONDS.items():
            rules = [name for name, (_, sizes) in RULES.items() if size in sizes]
            rules += [FLOOR, CLASSICAL] if size == "small" and seed == 7 else []
            for rule in rules:
                row = python("rules.py", rule, str(seed), size, str(seconds))[1]
                found.setdefault(size, {}).setdefault(rule, []).append(row)
                store("rules", {"note": "measured beside other work", "found": found})
    for size, rules_found in found.items():
        print(f"\n{size}: {SIZES[size]} for {SECONDS[size]} processor seconds")
        print(table(["rule", "error", "loss", "steps", "processor s"], _lines(rules_found)))


def _lines(found: dict[str, list[dict[str, float]]]) -> list[list[str]]:
    lines = []
    for rule, rows in found.items():
        middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
        errors = [row["error"] for row in rows]
        lines.append(
            [
                rule,
                f"{middle['error']:.1e} ({min(errors):.1e} – {max(errors):.1e})",
                f"{middle['loss']:.1e}",
                f"{middle['steps']:.0f}",
                f"{middle['processor']:.0f}",
            ]
        )
    return lines


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
    else:
        main()
