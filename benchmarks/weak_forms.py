"""Weak residuals and energies against the strong residual where a coefficient jumps.

    python benchmarks/weak_forms.py               measure, print and store (some seven minutes)
    python benchmarks/weak_forms.py --print       print the stored table in Markdown

-(a u')' = 10 on the unit interval, u = 0 at both ends, a = 5 left of the middle and 10 right of it.
Networks of two layers of twenty, at most forty seconds each, three seeds; beside them elements (the
classical row) and random features on the strong residual (the floor). The exact solution is only
used to report the error.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import measure
import numpy as np

import residuum as rs
from residuum._core import Method
from residuum.fields import RandomTanh
from residuum.learning import SobolevDescent
from residuum.objectives import CompactWeak, Galerkin, Ritz

SEEDS = (5, 6, 8)
SECONDS = 40.0
FIELD = rs.MLP(20, 2)


def bar() -> rs.Problem:
    """Return the statement."""
    x = rs.space("x")
    u, a = rs.unknown("u", x), rs.coefficient("a", x)
    phases = ((np.array([0.0, 0.5, 1.0]),), np.array([5.0, 10.0]))
    equation = rs.Eq(-rs.div(a * rs.grad(u)), 10)
    return rs.Problem(rs.Interval(0, 1), equation, [rs.dirichlet(u, 0)], given={"a": phases})


def exact(points: np.ndarray) -> np.ndarray:
    """Return the solution at points (n, 1): the flux is 25/6 - 10 x, and it drops by what a is."""
    x = points[:, 0]
    flux = 25 / 6
    left = (flux * x - 5 * x**2) / 5
    middle = (flux / 2 - 5 / 4) / 5
    right = middle + (flux * (x - 0.5) - 5 * (x**2 - 0.25)) / 10
    return np.where(x < 0.5, left, right)


def methods() -> dict[str, Method]:
    """Return the rows of the table."""
    return {
        "strong residual, GaussNewton": rs.PINN(FIELD),
        "Galerkin(60, 800), GaussNewton": rs.PINN(FIELD, objective=Galerkin(60, 800)),
        "CompactWeak(100), GaussNewton": rs.PINN(FIELD, objective=CompactWeak(100)),
        "Ritz(800, 60), SobolevDescent": rs.PINN(FIELD, SobolevDescent(), objective=Ritz(800, 60)),
        "floor: random features, strong residual": rs.RandomFeatures(RandomTanh(200)),
        "classical: elements": rs.FiniteElement(),
    }


def run(name: str, seed: int) -> dict[str, Any]:
    """Solve once and measure."""
    problem, begun = bar(), time.process_time()
    answer = rs.solve(
        problem, methods()[name], key=seed, budget=SECONDS, refine=None, progress=False
    )
    points = np.linspace(0.0005, 0.9995, 1000)[:, None]
    return {
        "error": answer.error(exact, points),
        "result": answer.result.code,
        "processor": time.process_time() - begun,
    }


def show(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return the table."""
    lines = []
    for name, found in rows.items():
        errors = [row["error"] for row in found]
        seconds = statistics.median(row["processor"] for row in found)
        results = ", ".join(sorted({row["result"] for row in found}))
        lines.append([name, measure.spread(errors, "{:.1e}"), f"{seconds:.0f}", results])
    head = ["objective and rule", "relative L2: median (range)", "processor seconds", "results"]
    return measure.table(head, lines)


def main() -> None:
    """Run what the command line asks for."""
    path = measure.RESULTS / "weak_forms.json"
    if sys.argv[1:] != ["--print"]:
        rows: dict[str, list[dict[str, Any]]] = {}
        for name in methods():
            rows[name] = []
            for seed in SEEDS:
                rows[name].append(run(name, seed))
                measure.store("weak_forms", {"rows": rows})
                print(name, seed, rows[name][-1], flush=True)
    print(show(json.loads(path.read_text())["rows"]))


if __name__ == "__main__":
    main()
