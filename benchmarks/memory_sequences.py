"""Memory units beside classical rivals: the groups legendre, leaky and closure of memories.py."""

from __future__ import annotations

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

from residuum.blocks import dense
from residuum.blocks.memory import (
    LegendreMemory,
    PerTime,
    SequenceBlock,
    Stack,
    fitted_legendre,
    fitted_prony,
    gated_recurrent,
    leaky_memory,
    legendre_unit,
    parameters,
    spiking_legendre_unit,
)

SEEDS = [5, 6, 7, 8, 9]


def trained(
    unit: SequenceBlock, x: np.ndarray, y: np.ndarray, steps: int, rate: float = 5e-3
) -> tuple[SequenceBlock, float]:
    """Return the unit after Adam with a cosine of rates on batches of sixteen, and seconds."""
    rule = optax.chain(
        optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(rate, steps))
    )
    memory = rule.init(eqx.filter(unit, eqx.is_inexact_array))
    random = np.random.default_rng(3)

    @eqx.filter_jit
    def step(unit: SequenceBlock, memory: Any, x: jax.Array, y: jax.Array) -> Any:
        slope = eqx.filter_grad(lambda part: jnp.mean((part(x) - y) ** 2))(unit)
        change, memory = rule.update(slope, memory)
        return eqx.apply_updates(unit, change), memory

    begun = time.perf_counter()
    for _ in range(steps):
        rows = random.choice(len(x), min(16, len(x)), replace=False)
        unit, memory = step(
            unit, memory, jnp.asarray(x[rows], jnp.float32), jnp.asarray(y[rows], jnp.float32)
        )
    return unit, time.perf_counter() - begun


def error(unit: SequenceBlock, x: np.ndarray, y: np.ndarray, skip: int = 0) -> float:
    """Return the error relative to the size of the answer, from a moment on."""
    found = np.asarray(eqx.filter_jit(unit)(jnp.asarray(x, jnp.float32)))
    return float(np.linalg.norm((found - y)[:, skip:]) / np.linalg.norm(y[:, skip:]))


def waves(count: int, time_: int, cycles: float, random: np.random.Generator) -> np.ndarray:
    """Return sums of twelve sines of up to so many cycles per step, size one: (count, time)."""
    speed = random.uniform(0.1, 1, (count, 12, 1)) * cycles
    phase = random.uniform(0, 2 * np.pi, (count, 12, 1))
    found = np.sin(2 * np.pi * speed * np.arange(time_) + phase).sum(axis=1)
    return np.asarray(found / found.std(axis=1, keepdims=True))


def record() -> dict[str, Any]:
    """Errors of the sliding window by order and delay, corrected for half a step and not."""
    found: dict[str, Any] = {}
    u = waves(16, 1000, 0.03, np.random.default_rng(5))[:, :, None]
    for order in (4, 8, 12, 16):
        memory = LegendreMemory(1, order, 100.0)
        held = memory(jnp.asarray(u, jnp.float32))
        row = {}
        for delay in (25, 50, 99):
            true = u[:, 300 - delay : 1000 - delay, 0]
            for name, shift in (("corrected", 0.0), ("not corrected", -0.5)):
                value = np.asarray(memory.delayed(held, delay + shift))[:, 300:, 0]
                row[f"{delay} {name}"] = float(np.sqrt(np.mean((value - true) ** 2)))
        found[str(order)] = row
    return found


def gauge(count: int, seed: int, time_: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """A wave at one gauge and 48.5 steps later, weaker and smoothed, at another; one row each."""
    random = np.random.default_rng(seed)
    lead = 128
    wave = waves(count, 2 * (time_ + lead), 0.015, random)
    x, late = wave[:, 2 * lead :: 2], np.zeros((count, time_))
    keep = np.exp(-1 / 6.0)
    state = np.zeros(count)
    for k in range(time_ + 60):
        state = keep * state + (1 - keep) * wave[:, 2 * (k + lead - 60) - 97]
        if k >= 60:
            late[:, k - 60] = 0.8 * state
    return x[:, :, None], late[:, :, None]


def lags(x: np.ndarray, y: np.ndarray, test: np.ndarray, true: np.ndarray, length: int) -> float:
    """Error of least squares on so many past moments."""

    def table(x: np.ndarray) -> np.ndarray:
        padded = np.pad(x[:, :, 0], ((0, 0), (length - 1, 0)))
        rows = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)
        return np.asarray(rows[:, 96:].reshape(-1, length))

    matrix = table(x)
    gram = matrix.T @ matrix + 1e-6 * np.trace(matrix.T @ matrix) / length * np.eye(length)
    weight = np.linalg.solve(gram, matrix.T @ y[:, 96:].ravel())
    found, wanted = table(test) @ weight, true[:, 96:].ravel()
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def legendre() -> dict[str, Any]:
    """The window, and a delay line learned from gauges."""
    rows: dict[str, list[Any]] = {}
    for seed in SEEDS:
        x, y = gauge(64, seed)
        test, true = gauge(32, seed + 50)
        units: dict[str, Any] = {}
        begun = time.perf_counter()
        units["legendre, least squares"] = fitted_legendre(x, y, order=12, window=64.0), None
        fit = time.perf_counter() - begun
        units["legendre cell, trained"] = trained(
            legendre_unit(1, 1, seed, order=12, window=64.0, linear=True), x, y, 300, 2e-2
        )
        units["gated, width 32"] = trained(gated_recurrent(1, 1, seed, width=32), x, y, 300)
        spiking = Stack(
            (
                spiking_legendre_unit(1, 32, seed, channels=4, order=12, window=64.0),
                PerTime(dense(32, 1, jax.random.key(seed))),
            ),
            (False, False),
        )
        units["spiking legendre"] = trained(spiking, x, y, 150)
        for name, (unit, seconds) in units.items():
            rows.setdefault(name, []).append(
                {
                    "error": error(unit, test, true, 96),
                    "parameters": parameters(unit),
                    "seconds": seconds or fit,
                }
            )
        rows.setdefault("least squares on 80 past moments", []).append(
            {"error": lags(x, y, test, true, 80), "parameters": 80}
        )
        print(seed, rows, file=sys.stderr, flush=True)
    return {"window": record(), "gauge": rows, "gauge medians": medians(rows)}


def medians(rows: dict[str, list[Any]]) -> dict[str, float]:
    """Return the median error by name."""
    return {name: statistics.median(row["error"] for row in part) for name, part in rows.items()}


def two_times(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """y = fast (1 + slow): decays of 8 and 60 steps of one noisy drive, multiplied."""
    random = np.random.default_rng(seed)
    x = waves(count, 256, 0.05, random) * random.uniform(0.3, 1.2, (count, 1))
    x = x + random.normal(size=(count, 1)) * 0.5
    fast, slow, y = np.zeros(count), np.zeros(count), np.zeros_like(x)
    for k in range(256):
        fast = np.exp(-1 / 8) * fast + (1 - np.exp(-1 / 8)) * x[:, k]
        slow = np.exp(-1 / 60) * slow + (1 - np.exp(-1 / 60)) * x[:, k]
        y[:, k] = fast * (1 + slow)
    return x[:, :, None], y[:, :, None]


def leaky() -> dict[str, Any]:
    """A product of two decays: leaky neuron, gated unit of as many numbers, linear floor."""
    rows: dict[str, list[Any]] = {}
    for seed in SEEDS:
        x, y = two_times(128, seed)
        test, true = two_times(64, seed + 50)
        neuron = leaky_memory(1, 1, seed, memories=10, synapse_time=2.0, bounds=(1.0, 200.0))
        width = next(
            w
            for w in range(1, 99)
            if parameters(gated_recurrent(1, 1, seed, width=w + 1)) > parameters(neuron)
        )
        units: dict[str, Any] = {
            "leaky": trained(neuron, x, y, 300),
            "gated": trained(gated_recurrent(1, 1, seed, width=width), x, y, 300),
            "linear decays (least squares)": (fitted_legendre(x, y, order=12, window=150.0), 0.0),
        }
        for name, (unit, seconds) in units.items():
            rows.setdefault(name, []).append(
                {
                    "error": error(unit, test, true),
                    "parameters": parameters(unit),
                    "seconds": seconds,
                }
            )
        print(seed, rows, file=sys.stderr, flush=True)
    return {"rows": rows, "medians": medians(rows)}


STEP = 0.05
MOMENTS = 400


def relaxation() -> np.ndarray:
    """G(t) = 0.4 + exp(-(t/2)^{1/2}): a broad spectrum of decay times."""
    return np.asarray(0.4 + np.exp(-np.sqrt(STEP * np.arange(MOMENTS) / 2.0)))


def stress(strain: np.ndarray) -> np.ndarray:
    """σ = ∫ G(t - s) dε(s), by the sum over all steps; shape (n, time)."""
    jumps = np.diff(strain, axis=1, prepend=0.0)
    size = 2 * MOMENTS
    whole = np.fft.irfft(np.fft.rfft(jumps, size) * np.fft.rfft(relaxation(), size), size)
    return np.asarray(whole[:, :MOMENTS])


def forces(count: int, seed: int) -> np.ndarray:
    """Return forces on the oscillator, shape (count, time)."""
    return waves(count, MOMENTS, 0.02, np.random.default_rng(seed))


def moved(force: np.ndarray) -> np.ndarray:
    """Return positions of u'' + σ = f by symplectic steps and the whole hereditary sum."""
    kernel = relaxation()
    u, v = np.zeros((len(force), MOMENTS + 1)), np.zeros(len(force))
    for k in range(MOMENTS):
        jumps = np.diff(u[:, : k + 1], axis=1, prepend=0.0)
        v = v + STEP * (force[:, k] - jumps @ kernel[k::-1])
        u[:, k + 1] = u[:, k] + STEP * v
    return u


@eqx.filter_jit
def closed(unit: SequenceBlock, force: jax.Array) -> jax.Array:
    """Return positions with the learned stress inside the equation, one step at a time."""

    def step(carry: Any, f: jax.Array) -> Any:
        memory, u, v = carry
        memory, sigma = unit.step(memory, u[:, None])
        v = v + STEP * (f - sigma[:, 0])
        u = u + STEP * v
        return (memory, u, v), u

    zero = jnp.zeros(len(force))
    return jax.lax.scan(step, (unit.start(len(force)), zero, zero), force.T)[1].T


def closure() -> dict[str, Any]:
    """A viscoelastic oscillator: stress from strain, then inside the equation."""
    rows: dict[str, list[Any]] = {}
    for seed in SEEDS:
        strain = moved(forces(64, seed))[:, 1:]
        x, y = strain[:, :, None], stress(strain)[:, :, None]
        force = forces(32, seed + 50)
        path = moved(force)[:, 1:]
        test, true = path[:, :, None], stress(path)[:, :, None]
        noisy = y + 0.01 * y.std() * np.random.default_rng(seed).normal(size=y.shape)
        neuron = leaky_memory(1, 1, seed, memories=10, synapse_time=1.0, bounds=(1.0, 400.0))
        width = next(
            w
            for w in range(1, 99)
            if parameters(gated_recurrent(1, 1, seed, width=w + 1)) > parameters(neuron)
        )
        prony = fitted_prony(x, noisy, np.logspace(0, 2.6, 12), signs=(1, -1))
        units: dict[str, Any] = {
            "prony": (prony, 0.0),
            "legendre, least squares": (
                fitted_legendre(x, noisy, order=12, window=200.0, ridge=1e-7),
                0.0,
            ),
            "leaky": trained(neuron, x, noisy, 300),
            "gated": trained(gated_recurrent(1, 1, seed, width=width), x, noisy, 300),
        }
        for name, (unit, seconds) in units.items():
            within = np.asarray(closed(unit, jnp.asarray(force, jnp.float32)))
            rows.setdefault(name, []).append(
                {
                    "error": error(unit, test, true),
                    "seconds": seconds,
                    "inside": float(np.linalg.norm(within - path) / np.linalg.norm(path)),
                    "parameters": parameters(unit) or 13,
                }
            )
        print(seed, rows, file=sys.stderr, flush=True)
    inside = {n: statistics.median(r["inside"] for r in part) for n, part in rows.items()}
    return {"rows": rows, "stress, medians": medians(rows), "inside, medians": inside}


GROUPS: dict[str, Callable[[], dict[str, Any]]] = {
    "legendre": legendre,
    "leaky": leaky,
    "closure": closure,
}
