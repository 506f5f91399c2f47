"""The derivative engine: gradient of the Burgers residual on 10,000 points, network of 4 × 64 tanh.

    python benchmarks/derivative_engine.py            prints the table, stores results

Ours is compared with a propagation written by hand in JAX, in one process, rounds in turn; and with
DeepXDE's training step (PyTorch), where ``RESIDUUM_PEER_PYTHON`` names an interpreter that has it.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import measure
import numpy as np
import optax
from jax import Array

from residuum import catalogue
from residuum.fields import MLP, frame_of
from residuum.learning import flatten, residuals
from residuum.objectives import Collocation, Rows, chunked_loss, inferred
from residuum.problem import scaling

POINTS, WIDTH, DEPTH, CHUNK, ROUNDS = 10_000, 64, 4, 1000, 15
NU = np.float32(0.01 / np.pi)


def ours(points: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Return the engine's gradient, whole and in chunks."""
    problem = catalogue.burgers.problem()
    sizes = scaling(problem)
    field = MLP(WIDTH, DEPTH).build(frame_of(problem, sizes), 7)
    rows = Collocation(POINTS).equations(problem, sizes, points)
    flat = flatten((field, inferred(problem)))

    def of(vector: Array, part: Rows) -> Array:
        return residuals(flat.restore(vector), [part])

    def whole(vector: Array) -> Array:
        return 0.5 * jnp.sum(of(vector, rows) ** 2)

    def chunked(vector: Array) -> Array:
        return chunked_loss(lambda part: of(vector, part), rows, CHUNK)

    compiled = {"engine": jax.jit(jax.value_and_grad(whole))}
    compiled["engine, chunks"] = jax.jit(jax.value_and_grad(chunked))
    compiled["engine, chunks, Adam step"] = _with_adam(chunked)
    return {k: (lambda f=f: f(flat.vector)) for k, f in compiled.items()}  # type: ignore[misc]


def _with_adam(loss: Callable[[Array], Array]) -> Any:
    optimiser = optax.adam(1e-3)

    @jax.jit
    def step(vector: Array) -> Any:
        state = optimiser.init(vector)
        value, slope = jax.value_and_grad(loss)(vector)
        move, state = optimiser.update(slope, state)
        return value, optax.apply_updates(vector, move), state

    return step


def by_hand(points: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Return the gradient of a second-order propagation written for this equation alone."""
    sizes = [2, *[WIDTH] * DEPTH, 1]
    keys = jax.random.split(jax.random.key(3), len(sizes) - 1)
    weights = [
        (jax.random.normal(k, (a, b)) * np.sqrt(2 / (a + b)), jnp.zeros(b))
        for k, a, b in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]
    x = jnp.asarray(points, jnp.float32)

    def residual(weights: Any, x: Array) -> Array:
        first, bias = weights[0]
        u = jnp.concatenate([2 * x[:, :1] - 1, x[:, 1:]], axis=1) @ first + bias
        by_t, by_x, by_xx = 2 * first[0:1], first[1:2], jnp.zeros_like(first[1:2])
        for matrix, bias in weights[1:]:
            a = jnp.tanh(u)
            slope = 1 - a * a
            by_xx = slope * by_xx - 2 * a * slope * by_x * by_x
            u, by_t, by_x = a @ matrix + bias, (slope * by_t) @ matrix, (slope * by_x) @ matrix
            by_xx = by_xx @ matrix
        return by_t + u * by_x - NU * by_xx

    def whole(weights: Any) -> Array:
        return jnp.mean(residual(weights, x) ** 2)

    def chunked(weights: Any) -> Array:
        @jax.checkpoint
        def one(total: Array, part: Array) -> tuple[Array, None]:
            return total + jnp.sum(residual(weights, part) ** 2), None

        pieces = x.reshape(-1, CHUNK, 2)
        return jax.lax.scan(one, jnp.zeros(()), pieces)[0] / POINTS

    compiled = {"by hand": jax.jit(jax.value_and_grad(whole))}
    compiled["by hand, chunks"] = jax.jit(jax.value_and_grad(chunked))
    return {k: (lambda f=f: f(weights)) for k, f in compiled.items()}  # type: ignore[misc]


def timed(function: Callable[[], Any]) -> Callable[[], float]:
    """Return a task that times five calls, after one that compiles."""
    jax.block_until_ready(function())

    def task() -> float:
        start = time.perf_counter()
        for _ in range(5):
            jax.block_until_ready(function())
        return (time.perf_counter() - start) / 5

    return task


def peer() -> list[float]:
    """Return DeepXDE's seconds a step, or nothing where it is not installed."""
    if not measure.PEER:
        return []
    script = str(measure.ROOT / "benchmarks" / "peers" / "deepxde_burgers.py")
    command = [measure.PEER, script, "step", "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(value) for value in measure.last_json(done.stdout)["seconds"]]


def show(found: dict[str, list[float]]) -> str:
    """Return the table of seconds by name."""
    base = statistics.median(found["by hand"])
    rows = []
    for name, values in found.items():
        times = measure.spread([1e3 * v for v in values], "{:.1f}")
        rows.append([name, times, f"{statistics.median(values) / base:.2f}"])
    head = ["gradient of the residual", "ms, median (range)", "ratio to by hand"]
    return measure.table(head, rows)


def main() -> None:
    """Measure, print and store."""
    points = np.random.default_rng(3).uniform([0, -1], [1, 1], (POINTS, 2)).astype(np.float32)
    tasks = {name: timed(f) for name, f in {**ours(points), **by_hand(points)}.items()}
    found = measure.interleaved(tasks, ROUNDS // 2)
    others = peer()
    again = measure.interleaved(tasks, ROUNDS - ROUNDS // 2)
    found = {name: values + again[name] for name, values in found.items()}
    if others:
        found["DeepXDE (PyTorch), training step"] = others
    print(show(found))
    measure.store("derivative_engine", {"seconds": found, "rounds": ROUNDS})


if __name__ == "__main__":
    main()
