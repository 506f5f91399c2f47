"""What each part around a network gains: points, balances, slopes, depth, ensembles.

    python benchmarks/networks.py [points balance slopes depth ensemble]

Equal numbers of steps, so that other work on the machine does not change a ratio; depth is compared
at equal time. Medians of three seeds but for depth, which has one. Each group is stored in
benchmarks/results/networks.json as it ends.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Mapping
from typing import Any

import measure
import numpy as np
from anchors import NOTE, points_of

import residuum as rs
from residuum._core import Method
from residuum.fields import PirateNet
from residuum.learning import Adam, GaussNewton
from residuum.methods import Ensemble, PirateNets
from residuum.objectives import (
    GradientEnhanced,
    GradientNorm,
    KernelTrace,
    RelativeLoss,
    ResidualAdaptive,
    RetainedPoints,
    WorstPoints,
)

NAME = "networks"
SEEDS = (7, 13, 29)
UNIFORM = ResidualAdaptive(300, 3000, power=0.0)


def run(name: str, method: Method, seed: int, seconds: float = 120.0) -> dict[str, Any]:
    """Solve a case and compare with its reference."""
    case = rs.catalogue.case(name)
    problem = case.problem()
    start, processor = time.perf_counter(), time.process_time()
    answer = rs.solve(problem, method, key=seed, budget=seconds, progress=False, refine=None)
    points = points_of(case, problem)
    found = {
        "error": answer.error(case.reference, points),
        "seconds": time.perf_counter() - start,
        "processor seconds": time.process_time() - processor,
        "result": answer.result.code,
    }
    if isinstance(method, Ensemble):
        field: Any = answer.field
        apart = np.linalg.norm(field.spread(points)) / np.linalg.norm(case.reference(points))
        found["spread"] = float(apart)
    return found


def floors() -> dict[str, Method]:
    """Return the rows without training beside a group."""
    return {"classical": rs.Spectral(), "random features": rs.RandomFeatures()}


def groups() -> dict[str, tuple[str, Mapping[str, Method], tuple[int, ...]]]:
    """Return case, rows by name and seeds of each group; rows are against the first."""
    field, steps = rs.MLP(12, 2), GaussNewton(60)
    drawn = {
        "uniform": UNIFORM,
        "RAD": ResidualAdaptive(300, 3000),
        "RAR": WorstPoints(200, 20, 300, 3000),
        "R3": RetainedPoints(300, 3000),
    }
    adam = Adam(2000, rate=5e-3, every=250)
    balances = {
        "fixed": None,
        "gradient norm": GradientNorm(0.5),
        "kernel trace": KernelTrace(0.5),
        "relative loss": RelativeLoss(),
    }
    few = ResidualAdaptive(40, 2000, power=0.0)
    wide = rs.MLP(64, 4)
    slow = Adam(1_000_000, rate=1e-3, every=200, warmup=200)
    many = ResidualAdaptive(1024, 8192)
    small = rs.PINN(rs.MLP(8, 2), GaussNewton(30), UNIFORM)
    return {
        "points": ("burgers", {k: rs.PINN(field, steps, v) for k, v in drawn.items()}, SEEDS),
        "balance": (
            "heat",
            {
                k: rs.PINN(field, adam, UNIFORM, 100, 0.1, False, balance=v)
                for k, v in balances.items()
            },
            SEEDS,
        ),
        "slopes": (
            "burgers",
            {
                "residual": rs.PINN(field, steps, few),
                "with slopes": rs.PINN(field, steps, few, objective=GradientEnhanced(0.05)),
            },
            SEEDS,
        ),
        "ensemble": ("burgers", {"one": small, "five": Ensemble(small, 5)}, SEEDS),
        "depth": (
            "allen_cahn",
            {
                "plain 4 x 64, Adam": rs.PINN(wide, slow, many),
                "gated 3 x 3 x 64, start, Adam": PirateNets(PirateNet(64, 3, 32), slow, 1024),
                "plain 3 x 20, Gauss-Newton": rs.PINN(),
                "gated 2 x 3 x 16, start, Gauss-Newton": PirateNets(),
            },
            SEEDS[:1],
        ),
    }


def show(group: str, data: dict[str, Any]) -> str:
    """Return the table of a group; rows are against the first."""
    found, lines = data["rows"], []
    first = statistics.median(item["error"] for item in next(iter(found.values())))
    for row, runs in found.items():
        error = statistics.median(item["error"] for item in runs)
        spent = statistics.median(item["processor seconds"] for item in runs)
        spread = measure.spread([item["error"] for item in runs], "{:.1e}")
        lines.append([row, spread, f"{first / error:.2g}", f"{spent:.0f}"])
    head = [f"{group}, {data['case']}", "error", "times better", "processor seconds"]
    return measure.table(head, lines)


def main(chosen: list[str]) -> None:
    """Run groups and print their rows."""
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    data = {"note": NOTE, "groups": data.get("groups", {})}
    for group, (case, rows, seeds) in groups().items():
        if chosen and group not in chosen:
            continue
        limit = 180.0 if group == "depth" else 120.0
        found = {row: [run(case, method, s, limit) for s in seeds] for row, method in rows.items()}
        found |= {row: [run(case, m, SEEDS[0])] for row, m in floors().items()}
        data["groups"][group] = {"case": case, "rows": found}
        measure.store(NAME, data)
        print(f"\n{show(group, data['groups'][group])}")


if __name__ == "__main__":
    main(sys.argv[1:])
