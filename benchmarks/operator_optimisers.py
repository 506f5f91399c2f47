"""Muon beside Adam at equal epochs, on the sets of the leaderboard.

    python benchmarks/operator_optimisers.py [SET …] [--epochs 20] [--seeds 7 13 29]
    python benchmarks/operator_optimisers.py --print

The Fourier operator of ``operator_leaderboard.py``, the same samples, batches of 20. Errors are
means over unseen samples of the relative L2 error; floors without training stand beside. Every run
is stored as it ends.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import measure
from operator_leaderboard import FLOORS, learned, samples_of

import residuum as rs
from residuum.learning import Trainer
from residuum.operators import relative_error

NAME = "operator_optimisers"
SETS = ("navier_stokes", "darcy_16_32")
ROWS: dict[str, tuple[Any, float]] = {
    "Muon, rate 0.03": ("muon", 3e-2),
    "Adam, rate 0.003": ("adam", 3e-3),
    "Adam, rate 0.01": ("adam", 1e-2),
}


def run(name: str, row: str, seed: int, epochs: int) -> dict[str, float]:
    """Train one row and test it."""
    train, test, _ = samples_of(name)
    if row in FLOORS:
        found = rs.train(FLOORS[row](), train, key=seed, progress=False)
    else:
        rule, rate = ROWS[row]
        trainer = Trainer(epochs=epochs, batch=20, optimiser=rule, rate=rate)
        recipe = learned(name, train)["FNO"]
        found = rs.train(recipe, train, trainer, key=seed, progress=False)
    return {
        "error": relative_error(found.operator, test),
        "seconds": found.seconds["train"],
        "epochs": epochs,
    }


def show(data: dict[str, Any]) -> str:
    """Return one table of all sets."""
    lines = []
    for name, rows in data["sets"].items():
        for row, runs in rows.items():
            errors = [item["error"] for item in runs.values()]
            times = [item["seconds"] for item in runs.values()]
            spread = measure.spread(errors, "{:.2e}"), measure.spread(times, "{:.3g}")
            lines.append([name, row, str(len(runs)), *spread])
    return measure.table(["set", "row", "seeds", "error", "seconds"], lines)


def main() -> None:
    """Run what is asked for, storing every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 13, 29])
    parser.add_argument("--print", action="store_true")
    chosen = parser.parse_args()
    path = measure.RESULTS / f"{NAME}.json"
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"sets": {}}
    data: dict[str, Any] = {"sets": known["sets"]}
    for seed in () if chosen.print else chosen.seeds:
        for name in chosen.sets:
            for row in (*ROWS, "floor: kernel regression", "floor: ridge"):
                found = run(name, row, seed, chosen.epochs)
                data["sets"].setdefault(name, {}).setdefault(row, {})[str(seed)] = found
                measure.store(NAME, data)
    print(show(data))


if __name__ == "__main__":
    main()
