"""The figures of the first slice: whole processes, medians of three seeds, every learned row beside
a classical row and the zero-training floor.

    python benchmarks/first_slice.py                 measure all, print and store (20 minutes)
    python benchmarks/first_slice.py --answers       measure the bare processes again and store
    python benchmarks/first_slice.py --print         print the stored figures in Markdown

With ``RESIDUUM_PEER_PYTHON`` naming an interpreter that has DeepXDE, its rows are measured too.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import measure
import numpy as np

SEEDS = (7, 11, 13)
CASES = {
    "burgers": ("pinn", "chebyshev", "random_features"),
    "helmholtz": ("random_features", "chebyshev", "pinn"),
    "allen_cahn": ("pinn", "fourier", "random_features"),
    "poisson_four_holes": ("random_features", "pinn"),
}
LIMITS = {"burgers": 60, "allen_cahn": 280}  # seconds; 30 elsewhere
PEER_LIMIT, LONG = 120.0, 160.0


def solve(problem: str, method: str, seed: int) -> dict[str, Any]:
    """Run the command line once; return whole seconds, error, unknowns and result."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "residuum.cli", "solve", problem, "--method", method]
        command += ["--seed", str(seed), "--out", folder, "--json"]
        command += ["--budget", f"{LIMITS.get(problem, 30)}s"]
        seconds, output = measure.process(command)
        found = json.loads(output)
    return {
        "seconds": seconds,
        "error": found["error"]["relative_l2"],
        "unknowns": found["record"]["unknowns"],
        "result": found["result"]["code"],
        "certificate": found["certificate"],
    }


def _seconds(command: list[str]) -> float:
    return measure.process(command)[0]


def start_times() -> dict[str, list[float]]:
    """Return whole seconds of importing the package, all public names touched, and of --help."""
    touch = "import residuum as rs\nfor n in rs.__all__: getattr(rs, n)"
    commands = {
        "import residuum": [sys.executable, "-c", "import residuum"],
        "import residuum, every public name": [sys.executable, "-c", touch],
        "residuum --help": [sys.executable, "-m", "residuum.cli", "--help"],
    }
    tasks = {name: partial(_seconds, command) for name, command in commands.items()}
    return measure.interleaved(tasks, 6)


ANSWERS = (("allen_cahn", "fourier"), ("helmholtz", "random_features"), ("burgers", "chebyshev"))


def answers() -> dict[str, Any]:
    """Return seconds from the start of a bare process to the answer: no reference, no picture."""
    found: dict[str, Any] = {}
    for problem, method in ANSWERS:
        runs = [measure.python("to_answer.py", problem, method, str(s), "60")[1] for s in SEEDS]
        found[f"{problem} {method}"] = runs
    return found


def reach(rows: list[list[float]], error: float) -> float | None:
    """Return the first time from which an error was seen, or ``None``."""
    return next((seconds for seconds, found in rows if found <= error), None)


def against_peer() -> dict[str, Any]:
    """Return errors over time on Burgers, ours and DeepXDE's, seed by seed in turn."""
    found: dict[str, Any] = {"residuum": [], "deepxde": []}
    t, x = np.linspace(0, 0.99, 100), np.linspace(-1, 1, 201)
    points = np.stack([c.ravel() for c in np.meshgrid(t, x, indexing="ij")], axis=1)
    from residuum import catalogue  # only this comparison needs the reference in this process

    exact = catalogue.burgers.reference(points).reshape(len(t), len(x))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "exact.npz"
        np.savez(file, t=t, x=x, u=exact)
        for seed in SEEDS:
            found["residuum"].append(measure.python("burgers_pinn.py", str(seed))[1]["errors"])
            if measure.PEER:
                arguments = (str(file), str(seed), str(PEER_LIMIT))
                script = "peers/deepxde_burgers.py"
                _, rows = measure.python(script, *arguments, interpreter=measure.PEER)
                found["deepxde"].append(rows["errors"])
        if measure.PEER:
            more = (str(file), str(SEEDS[0]), str(LONG), "beyond")
            _, rows = measure.python("peers/deepxde_burgers.py", *more, interpreter=measure.PEER)
            found["deepxde, going on with Adam (one seed)"] = [rows["errors"]]
    return found


def main() -> None:
    """Measure everything, storing as it goes."""
    data: dict[str, Any] = {"seeds": SEEDS, "solves": {}}
    data["start"] = start_times()
    data["answers"] = answers()
    for problem, methods in CASES.items():
        for method in methods:
            runs = [solve(problem, method, seed) for seed in SEEDS]
            data["solves"][f"{problem} {method}"] = runs
            errors = measure.spread([run["error"] for run in runs], "{:.1e}")
            seconds = measure.spread([run["seconds"] for run in runs], "{:.1f}")
            print(f"{problem} {method}: error {errors}, seconds {seconds}", flush=True)
            measure.store("first_slice", data)
    data["burgers over time"] = against_peer()
    measure.store("first_slice", data)
    show(data)


KINDS = {"pinn": "learned", "random_features": "zero-training floor"}


def show(data: dict[str, Any]) -> None:
    """Print the stored figures as Markdown."""
    rows = []
    for name, runs in data["solves"].items():
        problem, method = name.split()
        rows.append(
            [
                problem,
                method,
                KINDS.get(method, "classical"),
                measure.spread([run["error"] for run in runs], "{:.1e}"),
                measure.spread([run["seconds"] for run in runs], "{:.1f}"),
                str(runs[0]["unknowns"]),
                ", ".join(sorted({run["result"] for run in runs})),
            ]
        )
    head = ["problem", "method", "kind", "relative L2 error", "seconds, whole process"]
    print(measure.table([*head, "unknowns", "result"], rows), "\n")
    starts = [[k, measure.spread(v, "{:.2f}")] for k, v in data["start"].items()]
    print(measure.table(["start", "seconds, whole process"], starts), "\n")
    bare = [
        [
            name,
            measure.spread([run["error"] for run in runs], "{:.1e}"),
            measure.spread([run["seconds"] for run in runs], "{:.1f}"),
        ]
        for name, runs in data["answers"].items()
    ]
    head = ["bare process", "relative L2 error", "seconds from its start to the answer"]
    print(measure.table(head, bare), "\n")
    curves = data["burgers over time"]
    print(measure.table(["Burgers", "error", "seconds to reach it"], _reached(curves)))


def _reached(curves: dict[str, Any]) -> list[list[str]]:
    rows = []
    for error in (1e-2, 1e-3):
        for name, runs in curves.items():
            if not runs:
                continue
            times = [reach(run, error) for run in runs]
            known = [value for value in times if value is not None]
            if len(known) == len(times):
                text = measure.spread(known, "{:.1f}")
            else:
                least = min(min(found for _, found in run) for run in runs)
                last = statistics.median(run[-1][0] for run in runs)
                text = f"not reached in {last:.0f} s (least error seen {least:.1e})"
            rows.append([name, f"{error:.0e}", text])
    return rows


if __name__ == "__main__":
    if "--print" in sys.argv:
        show(json.loads((measure.RESULTS / "first_slice.json").read_text()))
    elif "--answers" in sys.argv:
        known = json.loads((measure.RESULTS / "first_slice.json").read_text())
        measure.store("first_slice", {**known, "answers": answers()})
    else:
        main()
