"""Answers at many times: steps taken again and again, and what of mass and energy is left.

    python benchmarks/rollouts.py [burgers kdv] [--seeds 7 13 29] [--epochs 40]
    python benchmarks/rollouts.py --print

Two families on a ring of 64 nodes with ten equal steps, 200 samples to train on and 50 to test:
Burgers from a random start (the catalogue's), which keeps its mass, and Korteweg–de Vries, which
keeps mass and energy (the integrals of u and u²). Every recipe gets as many epochs of Muon on the
relative L2 error over all times. Errors are means over unseen samples. Drifts are the largest over
the times, as means over unseen samples: of the mean, relative to the mean size of the start, and of
the mean square, relative to that of the start. Floors without training stand beside. Every run is
stored as it ends; pin it to a core (taskset).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import measure
import numpy as np

import residuum as rs
from residuum.datasets import Samples
from residuum.learning import Trainer
from residuum.methods import CoarseSolve
from residuum.operators import (
    FNO,
    Conserving,
    FourierExtras,
    KernelRegression,
    Ridge,
    Rollout,
    apply,
)

NAME, TRAINED, TESTED, KEY, NODES, STEPS = "rollouts", 200, 50, 7, 64, 10
RATE, COARSE = 3e-2, 16
STILL = FNO(8, 32, extras=FourierExtras(coordinates=False))
"""Both statements are the same at every place."""
LEARNED: dict[str, Callable[[], Any]] = {
    "FNO, all times at once": lambda: STILL,
    "the same, conserving": lambda: Conserving(STILL),
    "rollout of an FNO": lambda: Rollout(STILL),
    "the same rollout, conserving": lambda: Conserving(Rollout(STILL)),
}
FITTED: dict[str, Callable[[], Any]] = {
    "floor: ridge": Ridge,
    "floor: kernel regression": KernelRegression,
}
HELD, SOLVED = "floor: the start, held", f"floor: coarse classical solve, {COARSE} nodes"


def kdv() -> rs.Family:
    """Return waves of Korteweg and de Vries from a random start on a ring of length 2."""
    t, x = rs.time("t"), rs.space("x")
    u, u0 = rs.unknown("u", t, x), rs.coefficient("u0", x)
    problem = rs.Problem(
        domain=rs.Box(t=(0, 1), x=(-1, 1)),
        equations=[rs.Eq(u.diff(t) + rs.div(u**2 / 2 + 0.0025 * u.diff(x, 2)), 0)],
        conditions=[rs.initial(u, u0), rs.periodic(u, "x")],
        given={u0: 0},
        name="kdv_random",
    )
    return rs.Family(problem, u0=rs.GaussianField(alpha=3, tau=4, sigma=60.0, constant=True))


FAMILIES: dict[str, Callable[[], rs.Family]] = {
    "burgers": lambda: rs.catalogue.family("burgers"),
    "kdv": kdv,
}
ENERGY = ("kdv",)
"""Where the mean square is kept; Burgers' falls."""


def samples_of(name: str) -> tuple[Samples, Samples]:
    """Return samples to train and to test on, made on the first call."""
    path, family = measure.ROOT / "out" / "sets" / f"rollout_{name}", FAMILIES[name]()
    times = [(k + 1) / STEPS for k in range(STEPS)]
    how: dict[str, Any] = {"shape": NODES, "times": times, "key": KEY}
    rs.make_data(family, path, count=TRAINED + TESTED, workers=2, **how)
    every = rs.read_data(path, family=family)
    return every.take(slice(0, TRAINED)), every.take(slice(TRAINED, None))


def one(name: str, row: str, seed: int, epochs: int) -> dict[str, Any]:
    """Train and test one row in this process."""
    train, test = samples_of(name)
    spent = 0.0
    if row == HELD:
        found = np.repeat(test.inputs[:, None], STEPS, axis=1)
    elif row == SOLVED:
        found = solved(name, test)
    elif row in FITTED:
        found = apply(rs.train(FITTED[row](), train, progress=False).operator, test.inputs)
    else:
        trainer = Trainer(epochs=epochs, batch=20, optimiser="muon", rate=RATE)
        trained = rs.train(LEARNED[row](), train, trainer, key=seed, progress=False)
        spent = trained.seconds["train"]
        found = apply(trained.operator, test.inputs)
    return {"seconds": spent, **judged(found[..., 0], test)}


def solved(name: str, test: Samples) -> np.ndarray:
    """Return what a coarse classical solve of every member says at the nodes."""
    assert test.times is not None
    grid = np.meshgrid(test.times, *test.axes, indexing="ij")
    points = np.stack([part.ravel() for part in grid], axis=1)
    found = []
    for number in range(len(test)):
        member = FAMILIES[name]().draw(KEY, TRAINED + number)
        answer = rs.solve(member, CoarseSolve(COARSE), refine=None, progress=False)
        found.append(answer.at(points).reshape(test.outputs.shape[1:]))
    return np.stack(found)


def judged(found: np.ndarray, test: Samples) -> dict[str, float]:
    """Return errors and drifts of answers (n, times, nodes)."""
    label, start = test.outputs[..., 0], test.inputs[..., 0].astype(float)
    gap, found = found - label, found.astype(float)
    sizes = np.linalg.norm(label, axis=-1)
    errors = (np.linalg.norm(gap, axis=-1) / sizes).mean(axis=0)
    scale, square = np.abs(start).mean(axis=1), (start**2).mean(axis=1)
    mass = np.abs(found.mean(axis=-1) - start.mean(axis=1)[:, None]).max(axis=1) / scale
    energy = np.abs((found**2).mean(axis=-1) - square[:, None]).max(axis=1) / square
    whole = np.linalg.norm(gap, axis=(1, 2)) / np.linalg.norm(label, axis=(1, 2))
    return {
        "first": float(errors[0]),
        "last": float(errors[-1]),
        "all": float(whole.mean()),
        "mass": float(mass.mean()),
        "energy": float(energy.mean()),
    }


def show(data: dict[str, Any]) -> str:
    """Return one table per family, best row at the last time first."""
    parts = []
    for name, rows in data["sets"].items():
        keys = ["last", "first", "all", "mass", *(["energy"] if name in ENERGY else []), "seconds"]
        ranked = sorted(
            rows.items(), key=lambda item: np.median([r["last"] for r in item[1].values()])
        )
        lines = [
            [row, *(measure.spread([r[k] for r in runs.values()], "{:.2g}") for k in keys)]
            for row, runs in ranked
        ]
        words = {"last": "error at the last time", "first": "at the first", "all": "over all times"}
        words |= {"mass": "drift of mass", "energy": "drift of energy"}
        head = ["row", *(words.get(key, key) for key in keys)]
        parts += [f"**{name}**\n", measure.table(head, lines), ""]
    return "\n".join(parts)


def main() -> None:
    """Run what is asked for, storing every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(FAMILIES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 13, 29])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rows", nargs="+")
    parser.add_argument("--print", action="store_true")
    chosen = parser.parse_args()
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"sets": {}}
    data = {"sets": data["sets"]}
    for name in () if chosen.print else chosen.sets or FAMILIES:
        for row in chosen.rows or [HELD, SOLVED, *FITTED, *LEARNED]:
            for seed in chosen.seeds if row in LEARNED else chosen.seeds[:1]:
                begun = time.perf_counter()
                found = one(name, row, seed, chosen.epochs)
                data["sets"].setdefault(name, {}).setdefault(row, {})[str(seed)] = found
                measure.store(NAME, data)
                took = time.perf_counter() - begun
                print(
                    name, row, seed, f"{took:.0f} s", json.dumps(found), file=sys.stderr, flush=True
                )
    print(show(data))


if __name__ == "__main__":
    main()
