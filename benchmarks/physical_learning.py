"""Learning without gradients from behind: what each rule claims, beside floors and classical rows.

python benchmarks/physical_learning.py                   all groups, five seeds; results as it goes
python benchmarks/physical_learning.py GROUP [SEEDS]     one group
python benchmarks/physical_learning.py GROUP SEED one    one run, one JSON line

Groups: equilibrium, conductivities, contrast, noprop, synthetic, noise, forgetting. Results go to
results/physical_learning.json, medians over seeds. Times are seconds after compilation: of the
processor for conductivities (medians of nine turns), of the wall elsewhere.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import physical_learning_chains as chains
from measure import RESULTS, python, store, table

from residuum.blocks import DiffusionReaction, FixedPoint, Newton, TanhUnits, tanh_units
from residuum.learning import Task
from residuum.learning.rules import Backpropagation, EquilibriumPropagation
from residuum.learning.rules._equilibrium_propagation import antisymmetry

SEEDS = (7, 11, 13, 17, 19)
Row = dict[str, float]
NODES = 64


def as_vector(slope: Any) -> np.ndarray:
    """Return all slopes as one vector."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(slope)])


def against(rule: Any, block: FixedPoint, x: Any, wanted: Any) -> Row:
    """Return error and cosine of a rule's slope against the implicit gradient."""

    @eqx.filter_jit
    def slope(rule: Any, block: FixedPoint) -> Any:
        task = Task(lambda u: 0.5 * jnp.sum((u - wanted) ** 2), wanted)
        found = rule.gradient((block,), x, task, memory=(), key=jax.random.key(3))
        return found.slopes

    mine, true = (as_vector(slope(r, block)) for r in (rule, Backpropagation()))
    size = np.linalg.norm(true)
    return {
        "error": float(np.linalg.norm(mine - true) / size),
        "cosine": float(mine @ true / (size * np.linalg.norm(mine))),
    }


def healed(block: FixedPoint, x: Any, steps: int = 150) -> FixedPoint:
    """Return the block after homeostasis alone, on its weights."""
    optimiser = optax.adam(1e-2)

    def moved(weight: Any) -> FixedPoint:
        return eqx.tree_at(lambda b: b.force.weight, block, weight)

    def penalty(weight: Any, key: Any) -> Any:
        made = moved(weight)
        return antisymmetry(made, x, made.solve(x).value, key, 5)

    def step(carry: Any, key: Any) -> Any:
        weight, state = carry
        move, state = optimiser.update(jax.grad(penalty)(weight, key), state)
        return (weight + move, state), None

    assert isinstance(block.force, TanhUnits)
    weight = jnp.asarray(block.force.weight)
    keys = jax.random.split(jax.random.key(3), steps)
    run = jax.jit(lambda begin: jax.lax.scan(step, begin, keys)[0][0])
    return moved(run((weight, optimiser.init(weight))))


def equilibrium(seed: int) -> dict[str, Row]:
    """Bias by number of nudges; the angle that asymmetry leaves; a rod with and without wind."""
    rows: dict[str, Row] = {}
    with jax.enable_x64(True):
        draw = np.random.default_rng(seed).normal
        x, wanted = jnp.asarray(draw(size=(4, 5))), jnp.asarray(draw(size=(4, 30)))
        # Steps are often halved on the way without symmetry: sixty are too few on one seed.
        units = tanh_units(5, 30, jax.random.key(seed), gain=1.0, symmetric=False)
        skew = FixedPoint(units, Newton(1e-11, 400))
        still = tanh_units(5, 30, jax.random.key(seed), gain=0.5)
        for n in (1, 2, 4, 6):
            rule = EquilibriumPropagation(nudges=n)
            rows[f"30 units, N = {n}"] = against(rule, FixedPoint(still, Newton(1e-11)), x, wanted)
        free = EquilibriumPropagation(asymmetry=math.inf)
        rows["30 units, W not symmetric"] = against(free, skew, x, wanted)
        rows["the same after homeostasis"] = against(free, healed(skew, x), x, wanted)
        points = np.arange(1, NODES + 1) / (NODES + 1)
        load = jnp.asarray(np.sin(np.pi * points) * np.array([[1.0], [30.0]]))
        for advection in (0.0, 2.0, 10.0):
            for n in (1, 2, 4) if advection == 0 else (4,):
                rule = EquilibriumPropagation(nudges=n, radius=0.5, asymmetry=math.inf)
                rod = DiffusionReaction(jnp.zeros(NODES + 1), advection)
                name = f"rod, a = {advection:g}, N = {n}"
                rows[name] = against(rule, FixedPoint(rod, Newton(1e-11)), load, 0.1 + 0 * load)
    return rows


def rod_data(seed: int) -> tuple[Any, Any, np.ndarray]:
    """Return loads, measured displacements (a thousandth of noise) and the true log k."""
    draw = np.random.default_rng(seed)
    points, faces = np.arange(1, NODES + 1) / (NODES + 1), (np.arange(NODES + 1) + 0.5) / 65
    modes = np.arange(1, 4)
    truth = draw.normal(size=3) / modes @ np.sin(np.pi * modes[:, None] * faces)
    truth *= 0.5 / truth.std()
    load = 20 * np.stack([np.sin(np.pi * k * points + k) for k in range(1, 9)])
    rod = FixedPoint(DiffusionReaction(jnp.asarray(truth)), Newton(1e-11))
    seen = np.asarray(rod.solve(jnp.asarray(load)).value)
    noise = 1e-3 * abs(seen).mean() * draw.normal(size=seen.shape)
    return jnp.asarray(load), jnp.asarray(seen + noise), truth


def conductivities(seed: int, steps: int = 400) -> dict[str, Row]:
    """Find 65 conductivities from displacements by forward solves alone, and by the adjoint."""
    with jax.enable_x64(True):
        load, seen, truth = rod_data(seed)
        rules = {
            "equilibrium propagation, N = 1": EquilibriumPropagation(nudges=1),
            "equilibrium propagation, N = 2": EquilibriumPropagation(nudges=2),
            "equilibrium propagation, N = 4": EquilibriumPropagation(nudges=4),
            "adjoint descent": Backpropagation(),
        }
        runs = {name: descent(rule, load, seen, steps) for name, rule in rules.items()}
        rows = {name: reached(run(), truth) for name, run in runs.items()}
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(9):  # in turn, so that other work on the machine hits all alike
            for name, run in runs.items():
                began = time.process_time()
                run()
                seconds[name].append(time.process_time() - began)
        adjoint = np.array(seconds["adjoint descent"])
        for name, values in seconds.items():
            rows[name]["seconds"] = statistics.median(values)
            rows[name]["by the adjoint's"] = float(np.median(np.array(values) / adjoint))
        rows["one conductivity (floor)"] = {"error": float(np.linalg.norm(off(truth)))}
        rows["least squares on fluxes (classical)"] = fluxes(load, seen, truth)
    return rows


def off(truth: np.ndarray) -> np.ndarray:
    """Return the relative deviation of log k from its mean, by its norm."""
    k = np.exp(truth)
    return np.asarray((k - k.mean()) / np.linalg.norm(k))


def descent(rule: Any, load: Any, seen: Any, steps: int) -> Callable[[], Any]:
    """Return a descent by Adam on log k; a second difference keeps k smooth, for all rules."""
    optimiser = optax.adam(optax.cosine_decay_schedule(3e-2, steps))
    scale = 1.0 / jnp.mean(seen**2)

    def step(carry: Any, key: Any) -> Any:
        logarithm, state = carry
        block = FixedPoint(DiffusionReaction(logarithm), Newton(1e-8))
        task = Task(lambda u: 0.5 * scale * jnp.mean((u - seen) ** 2), seen)
        found = rule.gradient((block,), load, task, memory=(), key=key)
        rough = jax.grad(lambda s: 1e-3 * jnp.mean(jnp.diff(s, 2) ** 2) * 65)(logarithm)
        move, state = optimiser.update(found.slopes[0].force.logarithm + rough, state)
        return (logarithm + move, state), found.value

    @jax.jit
    def run(begin: Any) -> Any:
        return jax.lax.scan(step, begin, jax.random.split(jax.random.key(3), steps))

    start = jnp.zeros(NODES + 1)
    begin = (start, optimiser.init(start))
    return lambda: jax.block_until_ready(run(begin))


def reached(found: Any, truth: np.ndarray) -> Row:
    """Return the error of what a descent found, and the last misfit."""
    (logarithm, _), values = found
    k, true = np.exp(np.asarray(logarithm)), np.exp(truth)
    error = float(np.linalg.norm(k - true) / np.linalg.norm(true))
    return {"error": error, "misfit": float(values[-1])}


def fluxes(load: Any, seen: Any, truth: np.ndarray) -> Row:
    """Solve the equation for k, in which it is linear, with the measured u put in."""
    began, h = time.process_time(), 1.0 / (NODES + 1)
    u = np.pad(np.asarray(seen), ((0, 0), (1, 1)))
    slope, rows = np.diff(u) / h, []
    right: list[Any] = []
    for row, force in zip(slope, np.asarray(load), strict=True):
        matrix = np.zeros((NODES, NODES + 1))
        index = np.arange(NODES)
        matrix[index, index + 1], matrix[index, index] = row[1:] / h, -row[:-1] / h
        rows.append(matrix)
        right.append(np.asarray(seen)[len(right)] ** 3 - force)
    smooth = 3e-1 * np.diff(np.eye(NODES + 1), 2, axis=0) / h
    matrix = np.concatenate([*rows, smooth])
    k = np.linalg.lstsq(matrix, np.concatenate([*right, np.zeros(NODES - 1)]), rcond=None)[0]
    true = np.exp(truth)
    error = float(np.linalg.norm(k - true) / np.linalg.norm(true))
    return {"error": error, "seconds": time.process_time() - began}


GROUPS: dict[str, Callable[[int], dict[str, Row]]] = {
    "equilibrium": equilibrium,
    "conductivities": conductivities,
    "contrast": chains.contrast,
    "noprop": chains.noprop,
    "synthetic": chains.synthetic,
    "noise": chains.noise,
    "forgetting": chains.forgetting,
}


def medians(runs: list[dict[str, Row]]) -> dict[str, Row]:
    """Return the median of every number over the runs."""
    first = runs[0]
    return {
        name: {key: statistics.median(run[name][key] for run in runs) for key in row}
        for name, row in first.items()
    }


def main(groups: list[str], seeds: tuple[int, ...]) -> None:
    """Run groups in processes of their own, and store medians and runs as they come."""
    place = RESULTS / "physical_learning.json"
    kept = json.loads(place.read_text()) if place.exists() else {}
    kept.pop("machine", None)
    for group in groups:
        runs = [python("physical_learning.py", group, str(seed), "one")[1] for seed in seeds]
        kept[group] = {"seeds": list(seeds), "median": medians(runs), "runs": runs}
        store("physical_learning", kept)
        rows = [
            [name, *(f"{key} {value:.3g}" for key, value in row.items())]
            for name, row in kept[group]["median"].items()
        ]
        most = max(map(len, rows))
        print(table([group, *[""] * (most - 1)], [row + [""] * (most - len(row)) for row in rows]))


if __name__ == "__main__":
    if sys.argv[-1] == "one":
        print(json.dumps(GROUPS[sys.argv[1]](int(sys.argv[2]))))
    else:
        chosen = [sys.argv[1]] if len(sys.argv) > 1 else list(GROUPS)
        main(chosen, SEEDS[: int(sys.argv[2])] if len(sys.argv) > 2 else SEEDS)
