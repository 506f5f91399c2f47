"""Reversible stacks: memory, gradients, volumes, errors at equal weights, flows, sweeps, marches.

    python benchmarks/reversible.py [memory grids gradients volume parity flows ...]

Groups: those, ``sweep``, ``leapfrog``, ``adapters``; all without a name. ``--print`` shows what is
stored. Memory is what the compiler plans for one gradient besides weights and states
(``memory_analysis``). Times are medians of rounds in turn. Seeds of trainings: 11 to 15.
"""

from __future__ import annotations

import functools
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import measure
import numpy as np
from reversible_trainings import adapters, flows, parity, volume_training

from residuum._core import double_precision
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import (
    Coupling,
    ReversibleColumns,
    ReversiblePyramid,
    WaveForce,
    inverted_bottleneck,
    leapfrog,
    reversible_march,
    reversible_stack,
    triangular_convolution,
)
from residuum.blocks.reversible._triangular_convolution import convolved, sweep
from residuum.operators import GridFrame, ReversibleUNet

NAME = "reversible"
ROWS, WIDTH = 32_768, 64
TIMED_ROWS = 4096
MEMORIES = ("reversible", "checkpoints", "stored")


class Layer(eqx.Module):
    """tanh(x A) B."""

    first: jax.Array
    last: jax.Array

    def __call__(self, x: Any) -> Any:
        return jnp.tanh(x @ self.first) @ self.last


def layer(key: Any, width: int = WIDTH) -> Layer:
    """A branch of values of a tenth."""
    one, two = jax.random.normal(key, (2, width, width)) / np.sqrt(width)
    return Layer(one, 0.1 * two)


def couplings(depth: int) -> list[Coupling]:
    """Additive couplings of two branches."""
    keys = jax.random.split(jax.random.key(11), (depth, 2))
    return [Coupling((layer(row[0]), layer(row[1]))) for row in keys]


def step(stack: Any) -> tuple[Any, Any]:
    """The gradient by weights and state, and the weights."""
    trained, fixed = eqx.partition(stack, is_trained)

    def value(trained: Any, state: Any) -> Any:
        found = eqx.combine(trained, fixed)(state)
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(found))

    return jax.jit(jax.grad(value, argnums=(0, 1))), trained


def megabytes(stack: Any, state: Any) -> float:
    """What the compiler plans for a gradient."""
    rule, trained = step(stack)
    made = rule.lower(trained, state).compile()
    plan: Any = made.memory_analysis()
    return float(plan.temp_size_in_bytes) / 2**20


def timed(stacks: dict[str, Any], state: Any, rounds: int = 7) -> dict[str, float]:
    """Median milliseconds of a gradient, rounds in turn."""
    rules = {name: step(stack) for name, stack in stacks.items()}
    for rule, trained in rules.values():
        jax.block_until_ready(rule(trained, state))

    def one(name: str) -> float:
        rule, trained = rules[name]
        start = time.perf_counter()
        jax.block_until_ready(rule(trained, state))
        return 1e3 * (time.perf_counter() - start)

    found = measure.interleaved({name: functools.partial(one, name) for name in rules}, rounds)
    return {name: statistics.median(values) for name, values in found.items()}


def memory() -> dict[str, Any]:
    """Megabytes by depth and way, milliseconds at one depth and fewer rows."""
    state = (jax.ShapeDtypeStruct((ROWS, WIDTH), jnp.float32),) * 2
    probe = (jax.ShapeDtypeStruct((16, WIDTH), jnp.float32),) * 2
    found: dict[str, Any] = {"state_mb": 2 * ROWS * WIDTH * 4 / 2**20}
    for way in MEMORIES:
        found[way] = {
            depth: megabytes(reversible_stack(couplings(depth), probe, memory=way), state)  # type: ignore[arg-type]
            for depth in (8, 32, 128)
        }
    stacks = {
        way: reversible_stack(couplings(32), probe, memory=way)  # type: ignore[arg-type]
        for way in MEMORIES
    }
    stacks["overlapped"] = reversible_stack(couplings(32), probe, schedule="overlapped")
    found["milliseconds_32"] = timed(stacks, (jnp.ones((TIMED_ROWS, WIDTH)),) * 2)
    return found


def grids() -> dict[str, Any]:
    """Memory of pyramids, columns (planes) and bottlenecks (volumes) by their number."""
    plane = (jnp.ones((2, 32, 32, 8)), jnp.ones((2, 16, 16, 8)), jnp.ones((2, 8, 8, 8)))
    small = tuple(jax.ShapeDtypeStruct((1, n, n, 8), jnp.float32) for n in (8, 4, 2))
    found: dict[str, Any] = {}
    recipes: dict[str, tuple[Any, tuple[int, int]]] = {
        "pyramid": (lambda n: ReversiblePyramid((8, 8, 8), n), (2, 12)),
        "columns": (lambda n: ReversibleColumns((8, 8, 8), n), (2, 8)),
    }
    for name, (recipe, numbers) in recipes.items():
        for way in ("reversible", "stored"):
            made = {
                n: reversible_stack(
                    recipe(n).couplings(("copy", "copy"), jax.random.key(12)),
                    small,
                    memory=way,
                )
                for n in numbers
            }
            found[f"{name}, {way}"] = {n: megabytes(stack, plane) for n, stack in made.items()}
            if way == "reversible":
                found[f"{name}, round trip"] = {
                    n: [float(stack.round_trip), stack.checkpoint_every]
                    for n, stack in made.items()
                }
    volume = (jnp.ones((1, 32, 32, 32, 8)),) * 2
    tiny = (jax.ShapeDtypeStruct((1, 8, 8, 8, 8), jnp.float32),) * 2
    for way in ("reversible", "stored"):
        found[f"bottlenecks, {way}"] = {
            n: megabytes(reversible_stack(bottlenecks(n), tiny, memory=way), volume)  # type: ignore[arg-type]
            for n in (4, 16)
        }
    return found


def bottlenecks(depth: int) -> list[Coupling]:
    """Couplings of bottlenecks in space."""
    keys = jax.random.split(jax.random.key(13), (depth, 2))
    return [
        Coupling(
            tuple(
                inverted_bottleneck(8, ("copy",) * 3, item, gain=0.5 / depth, expansion=4)
                for item in row
            )
        )
        for row in keys
    ]


def gradients() -> dict[str, Any]:
    """Largest relative difference of any gradient from plain backpropagation."""
    found: dict[str, Any] = {}
    for depth in (8, 64):
        for precision in ("float32", "float64"):
            with double_precision() if precision == "float64" else jax.enable_x64(False):
                random = np.random.default_rng(11)
                state = tuple(jnp.asarray(x, precision) for x in random.normal(size=(2, 64, WIDTH)))
                steps = jax.tree.map(lambda x, p=precision: x.astype(p), couplings(depth))
                slopes = []
                for way in ("reversible", "stored"):
                    rule, trained = step(reversible_stack(steps, state, memory=way))
                    slopes.append(jax.tree.leaves(rule(trained, state)))
                worst = max(
                    float(jnp.linalg.norm(a - b) / jnp.linalg.norm(b))
                    for a, b in zip(*slopes, strict=True)
                )
            found[f"{depth}, {precision}"] = worst
    return found


def volume() -> dict[str, Any]:
    """Memory and seconds of a gradient of a U-shaped operator on volumes; a training of one."""
    found: dict[str, Any] = {}
    for way, side in (("stored", 24), ("reversible", 24), ("reversible", 36)):
        frame = GridFrame(1, 1, (side,) * 3, (1.0,) * 3, ("wrap",) * 3)
        recipe = ReversibleUNet(8, 2, 3, expansion=4, memory=way)  # type: ignore[arg-type]
        trained, fixed = eqx.partition(recipe.build(frame, 11), is_trained)
        x = jax.random.normal(jax.random.key(12), (1, *frame.shape, 1))

        def value(trained: Any, x: Any, fixed: Any = fixed) -> Any:
            return (eqx.combine(trained, fixed)(x) ** 2).sum()

        made = jax.jit(jax.grad(value)).lower(trained, x).compile()
        plan: Any = made.memory_analysis()
        jax.block_until_ready(made(trained, x))
        start = time.perf_counter()
        slopes = jax.block_until_ready(made(trained, x))
        found[f"{way}, {side}"] = {
            "mb": plan.temp_size_in_bytes / 2**20,
            "seconds": time.perf_counter() - start,
            "finite": all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(slopes)),
        }
    found["training"] = volume_training()
    return found


def sweeps() -> dict[str, Any]:
    """A sweep against solving the dense system, and its gradient."""
    made = triangular_convolution(2, jax.random.key(11), side=3)
    weights, side = made.weights(), 32
    y = jax.random.normal(jax.random.key(12), (1, side, side, 2))
    matrix = convolved(jnp.eye(y.size).reshape(-1, *y.shape[1:]), weights)
    matrix = matrix.reshape(y.size, y.size).T
    rules: dict[str, Any] = {
        "sweep": jax.jit(lambda y: sweep(y, weights)),
        "sweep and gradient": jax.jit(jax.grad(lambda y: (sweep(y, weights) ** 2).sum())),
        "dense solve": jax.jit(lambda y: jnp.linalg.solve(matrix, y.reshape(-1))),
    }
    found = {}
    for rule in rules.values():
        jax.block_until_ready(rule(y))

    def one(name: str) -> float:
        start = time.perf_counter()
        jax.block_until_ready(rules[name](y))
        return 1e3 * (time.perf_counter() - start)

    rounds = measure.interleaved({name: functools.partial(one, name) for name in rules}, 7)
    found = {name: statistics.median(values) for name, values in rounds.items()}
    gap = jnp.abs(rules["sweep"](y).reshape(-1) - rules["dense solve"](y)).max()
    return {"side": side, "milliseconds": found, "difference": float(gap)}


def marches() -> dict[str, Any]:
    """There and back in float32, and the gradient by the speed of waves in constant memory."""
    nodes = 256
    places = np.arange(nodes) / nodes
    bump = jnp.asarray(np.exp(-200 * (places - 0.4) ** 2)[None], jnp.float32)
    speed = jnp.asarray(1 + 0.2 * np.sin(2 * np.pi * places), jnp.float32)
    one = leapfrog(WaveForce(speed, (1.0,), ("wrap",)), 0.5)
    state, found = (bump, 0 * bump), {}
    for count in (1000, 10_000):
        march = reversible_march(one, count, state)
        plain = reversible_march(one, count, state, memory="stored")
        back = jax.jit(lambda s, march=march: march.inverse(march(s)))(state)
        rules = [step(item) for item in (march, plain)]
        slopes = [jax.tree.leaves(rule(trained, state)[0])[0] for rule, trained in rules]
        found[str(count)] = {
            "there and back": float(jnp.linalg.norm(back[0] - bump) / jnp.linalg.norm(bump)),
            "kept every": march.checkpoint_every,
            "gradient": float(jnp.linalg.norm(slopes[0] - slopes[1]) / jnp.linalg.norm(slopes[1])),
            "mb": [megabytes(march, state), megabytes(plain, state)],
            "ms": timed({"reversible": march, "stored": plain}, state, 3),
        }
    return found


GROUPS: dict[str, Callable[[], dict[str, Any]]] = {
    "memory": memory,
    "grids": grids,
    "gradients": gradients,
    "volume": volume,
    "parity": parity,
    "flows": flows,
    "sweep": sweeps,
    "leapfrog": marches,
    "adapters": adapters,
}


def main() -> None:
    """Run the groups named and store them beside those that were run before."""
    path = measure.RESULTS / f"{NAME}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept.pop("machine", None)
    if "--print" not in sys.argv:
        for name in sys.argv[1:] or list(GROUPS):
            kept[name] = GROUPS[name]()
            print(name, json.dumps(kept[name], indent=1), flush=True)
            measure.store(NAME, kept)
    else:
        print(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
