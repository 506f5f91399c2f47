"""All operators on the same samples for the same time, beside floors and neuraloperator.

    python benchmarks/operator_leaderboard.py [SET …] [--seconds 15] [--seeds 7] [--rows NAME …]
    python benchmarks/operator_leaderboard.py --print

Sets: four families generated here (made on the first call and kept in out/sets, 200 samples to
train on and 50 to test), and two sets of others that RESIDUUM_DATA holds. About a hundred thousand
weights each. The epochs are set by a trial so that a training takes about so many seconds on this
machine; our programs are compiled before the clock starts. Ours is trained by Muon, but for one
row; neuraloperator by Adam at a rate of 1e-2, which was better than 3e-3 on vorticity.
The weights kept are the best on a tenth of the samples. Every run is a process of its own and is
stored as it ends. Errors are means over unseen samples of the relative L2 error; where a row takes
other grids, also on every second node and on a finer grid. Pin it to a core (taskset) to run two at
a time: all rows of a set then have one core.
RESIDUUM_PEER_PYTHON names the interpreter of an environment with neuraloperator.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import measure
import numpy as np

import residuum as rs
from residuum.blocks import Tucker
from residuum.datasets import DataWarning, Labels, Samples, read_file
from residuum.learning import Trainer
from residuum.methods import CoarseSolve
from residuum.methods._grid_answer import inputs_of
from residuum.operators import (
    FNO,
    LSM,
    ConvolutionNetwork,
    Corrected,
    DeepONet,
    FourierExtras,
    KernelRegression,
    MgNO,
    NearestNeighbour,
    PODLinear,
    Ridge,
    SineNet,
    Symmetric,
    UNet,
    WithCoordinates,
    apply,
    relative_error,
    takes_any_grid,
)

NAME, TRAINED, TESTED, KEY = "operator_leaderboard", 200, 50, 7
RATES: dict[str, float] = {"adam": 1e-2, "muon": 3e-2}
FLOORS: dict[str, Callable[[], Any]] = {
    "floor: nearest sample": NearestNeighbour,
    "floor: ridge": Ridge,
    "floor: POD and a linear map": PODLinear,
    "floor: kernel regression": KernelRegression,
}
COARSE = {"floor: coarse classical solve": 16}
"""Nodes along the longest side; of the families drawn here, whose statements are known."""
PEERS = {
    "neuraloperator FNO": {1: ("fno", "16", "32"), 2: ("fno", "8", "17")},
    "neuraloperator TFNO": {1: ("tfno", "16", "64"), 2: ("tfno", "12", "40")},
}
RATE = "1e-2"
TRIAL = 2.0
"""Seconds of a training that tells how long an epoch takes."""
SQUARE: dict[str, Any] = {"mirrors": (0, 1), "swaps": ((0, 1),)}
RING: dict[str, Any] = {"mirrors": (0,), "odd": ("u0", "u")}
SYMMETRIES = {
    "darcy_two_phase": SQUARE,
    "darcy_smooth": SQUARE,
    "darcy_16_32": SQUARE,
    "burgers": RING,
    "burgers_operator": RING,
}
"""Of the statements: a square with equal sides and an even force; Burgers on a ring."""


def learned(name: str, train: Samples) -> dict[str, Any]:
    """Return the recipes: widths were set for a hundred thousand weights, more or less a half.

    Convolutions on periodic grids know no places, which forces that stand still need; on a ring
    without forces an answer moves with its start, and places only mislead.
    """
    periodic, line = all(edge == "wrap" for edge in train.edges), len(train.axes) == 1
    placed = WithCoordinates if periodic and not line else (lambda recipe: recipe)
    size = (8, 32) if line else (6, 14) if periodic else (8, 18)
    still = FNO(*size, extras=FourierExtras(coordinates=not line))
    rows: dict[str, Any] = {
        "FNO": FNO(*size),
        "FNO, Adam": FNO(*size),
        "kernel regression and FNO": Corrected(FNO(*size)),
        "FNO, Tucker 0.1": FNO(8, 64 if line else 32, weights=Tucker(0.1)),
        "DeepONet": DeepONet(64, 3, 96),
        "UNet": UNet(28 if line else 14, 3),
        "SineNet": placed(SineNet(20 if line else 10, 4, 3)),
        "MgNO": placed(MgNO(30 if line else 15, 3, 4)),
        "LSM": LSM(32 if line else 16, 2),
        "convolutions": placed(ConvolutionNetwork(80 if line else 48, 5)),
    }
    if not periodic:  # on a ring there are no walls to match
        rows["FNO, padded"] = FNO(6, 14, walls="padded")
    if line:
        rows["FNO, no places"] = still
    if name in SYMMETRIES:
        rows["FNO, symmetries"] = Symmetric(still, **SYMMETRIES[name])
        rows["FNO, Tucker 0.1, symmetries"] = Symmetric(
            replace(rows["FNO, Tucker 0.1"], extras=still.extras), **SYMMETRIES[name]
        )
    return rows


SETS: dict[str, dict[str, Any]] = {
    "darcy_two_phase": {"shape": 33, "labels": Labels(tol=1e-2)},
    "darcy_smooth": {"shape": 33},
    "navier_stokes": {"shape": 32, "times": [10.0], "labels": Labels(method=rs.Spectral(steps=64))},
    "burgers": {"shape": 64, "times": [1.0]},
    "darcy_16_32": {},
    "burgers_operator": {},
}


def samples_of(name: str) -> tuple[Samples, Samples, Samples | None]:
    """Return samples to train on, to test on, and to test on a finer grid."""
    if SETS[name]:
        path, family = measure.ROOT / "out" / "sets" / name, rs.catalogue.family(name)
        rs.make_data(family, path, count=TRAINED + TESTED, key=KEY, workers=2, **SETS[name])
        wanted = ["w"] if name == "navier_stokes" else None  # the stream function follows from it
        every = rs.read_data(path, family=family, outputs=wanted)
        return every.take(slice(0, TRAINED)), every.take(slice(TRAINED, None)), None
    place = Path(os.environ.get("RESIDUUM_DATA", measure.ROOT.parent / "shared" / "data"))
    if name == "burgers_operator":
        every = read_file(
            place / f"{name}.npz",
            inputs={"u0": "u0"},
            outputs={"u": "u"},
            axes={"x": np.arange(16) / 16},
            edges="wrap",
            times=np.linspace(0, 1, 17),
        )
        return every.take(slice(0, 600)), every.take(slice(600, None)), None

    def part(x: str, y: str, nodes: int) -> Samples:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return read_file(
                place / f"{name}.npz",
                inputs={"a": x},
                outputs={"u": y},
                axes={"x": np.arange(nodes) / nodes, "y": np.arange(nodes) / nodes},
                edges="wrap",  # the last end is left out, and u vanishes at both
                bounds={"u": (0.0, np.inf)},
            )

    return (
        part("x_train", "y_train", 16),
        part("x_test16", "y_test16", 16),
        part("x_test32", "y_test32", 32),
    )


def one(name: str, row: str, seed: int, seconds: float) -> dict[str, Any]:
    """Train and test one row in this process."""
    train, test, finer = samples_of(name)
    if row in FLOORS:
        surrogate = rs.train(FLOORS[row](), train, key=seed, progress=False)
        found: dict[str, Any] = {"weights": 0, "epochs": 0}
    else:
        recipe, epochs = learned(name, train)[row], 3
        rule: Any = "adam" if "Adam" in row else "muon"
        trainer = Trainer(batch=20, optimiser=rule, rate=RATES[rule])

        def trained(epochs: int) -> Any:
            made = replace(trainer, epochs=epochs)
            return rs.train(recipe, train, made, key=seed, progress=False)

        spent = trained(epochs).training.record.seconds["train"]
        if spent < TRIAL:
            epochs = round(epochs * TRIAL / spent)
            spent = trained(epochs).training.record.seconds["train"]
        epochs = max(3, round(epochs * seconds / spent))
        surrogate = trained(epochs)
        record = surrogate.training.record
        spent = record.seconds["train"] + record.seconds["validate"]
        found = {"weights": record.unknowns, "epochs": epochs, "seconds": spent}
        found["compile"] = record.seconds["compile"]
    found = {"seconds": surrogate.seconds["train"], **found}
    found["test"] = relative_error(surrogate.operator, test)
    begun = time.perf_counter()
    apply(surrogate.operator, test.inputs)
    found["ms a sample"] = 1e3 * (time.perf_counter() - begun) / len(test)
    if takes_any_grid(surrogate.operator):
        # Periodic grids alone keep their walls where every second node is left.
        found["half"] = (
            relative_error(surrogate.operator, test.coarser(1)) if name != "darcy_16_32" else None
        )
        found["finer"] = None if finer is None else relative_error(surrogate.operator, finer)
    return found


def coarse(name: str, row: str) -> dict[str, Any]:
    """Solve the members to test on once, on few nodes, and compare where the labels are."""
    test, family = samples_of(name)[1], rs.catalogue.family(name)
    axes = [*([] if test.times is None else [test.times]), *test.axes]
    grid = np.meshgrid(*axes, indexing="ij")
    points = np.stack([part.ravel() for part in grid], axis=1)
    errors, spent = [], []
    for number, label in enumerate(test.outputs):
        member = family.draw(KEY, TRAINED + number)
        if not np.allclose(inputs_of(member, test.layout), test.inputs[number], rtol=1e-5):
            raise RuntimeError(f"{name}: sample {TRAINED + number} is not the member drawn anew")
        begun = time.perf_counter()
        answer = rs.solve(member, CoarseSolve(COARSE[row]), refine=None, progress=False)
        names = [str(unknown.func) for unknown in member.unknowns]
        columns = [names.index(item) for item in test.layout.output_names]
        found = answer.at(points)[:, columns].reshape(label.shape)
        spent.append(time.perf_counter() - begun)
        errors.append(np.linalg.norm(found - label) / np.linalg.norm(label))
    return {
        "weights": 0,
        "epochs": 0,
        "seconds": 0.0,
        "test": float(np.mean(errors)),
        "ms a sample": 1e3 * float(np.median(spent)),
    }


def peer(name: str, row: str, seed: int, seconds: float) -> dict[str, Any]:
    """Train and test a rival on the same samples; evolving outputs are its channels."""
    train, test, finer = samples_of(name)
    parts = {"train": train, "test": test} | ({} if finer is None else {"finer": finer})
    arrays: dict[str, np.ndarray] = {}
    for key, item in parts.items():
        outputs = item.outputs
        if item.times is not None:  # (n, times, *grid, c) to (n, *grid, times · c)
            outputs = np.moveaxis(outputs, 1, -2).reshape(*item.inputs.shape[:-1], -1)
        arrays |= {f"{key}_in": item.inputs, f"{key}_out": outputs}
    file = measure.ROOT / "out" / f"{name}.npz"
    np.savez(file, allow_pickle=False, **arrays)
    script = measure.ROOT / "benchmarks" / "peers" / "neuraloperator_models.py"
    kind = PEERS[row][len(train.axes)]
    command = [measure.PEER, str(script), str(file), str(seed), str(seconds), *kind, RATE]
    found: dict[str, Any] = measure.last_json(measure.process(command)[1])
    return found


def show(data: dict[str, Any]) -> str:
    """Return one table per set, best row first."""
    parts = []
    for name, rows in data["sets"].items():
        lines = []
        ranked = sorted(rows.items(), key=lambda item: _median(item[1], "test") or np.inf)
        for row, runs in ranked:
            errors = [run["test"] for run in runs.values()]
            cells = [row, measure.spread(errors, "{:.2e}")]
            for key in ("half", "finer"):
                middle = _median(runs, key)
                cells.append("" if middle is None else f"{middle:.2e}")
            for key in ("weights", "epochs", "seconds", "ms a sample"):
                middle = _median(runs, key)
                cells.append("" if middle is None else f"{middle:.3g}")
            lines.append(cells)
        head = ["row", "test", "0.5x", "2x", "weights", "epochs", "seconds", "ms a sample"]
        parts += [f"**{name}**\n", measure.table(head, lines), ""]
    return "\n".join(parts)


def _median(runs: dict[str, Any], key: str) -> float | None:
    found = [run[key] for run in runs.values() if run.get(key) is not None]
    return float(np.median(found)) if found else None


def main() -> None:
    """Run what is asked for, storing every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--rows", nargs="+")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        name, row = chosen.sets[0], chosen.rows[0]
        if row in COARSE:
            print(json.dumps(coarse(name, row)))
            return
        run = peer if row in PEERS else one
        print(json.dumps(run(name, row, chosen.seeds[0], chosen.seconds)))
        return
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"sets": {}}
    data = {"sets": data["sets"]}
    for name in () if chosen.print else chosen.sets or SETS:
        recipes = learned(name, samples_of(name)[0])
        known = [*FLOORS, *(COARSE if SETS[name] else ()), *recipes, *PEERS]
        for row in chosen.rows or known:
            if row not in known or (row in PEERS and not measure.PEER):
                continue
            for seed in chosen.seeds[:1] if row in COARSE else chosen.seeds:
                options = [name, "--rows", row, "--seeds", str(seed), "--one"]
                try:
                    script = "operator_leaderboard.py"
                    _, found = measure.python(script, *options, "--seconds", str(chosen.seconds))
                except RuntimeError as failure:
                    print(name, row, str(failure)[-400:], file=sys.stderr)
                    continue
                data["sets"].setdefault(name, {}).setdefault(row, {})[str(seed)] = found
                measure.store(NAME, data)
                print(name, row, seed, json.dumps(found), file=sys.stderr, flush=True)
    print(show(data))


if __name__ == "__main__":
    main()
