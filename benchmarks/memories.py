"""Associative memories and memory units beside theory, classical rivals and floors.

    python benchmarks/memories.py                  measure all groups, print and store
    python benchmarks/memories.py hopfield ising   measure some; the others stay as stored
    python benchmarks/memories.py --seeds=2 leaky  fewer seeds; what is stored says how many
    python benchmarks/memories.py --print          print the stored figures

Groups: hopfield, multitasking, boltzmann, ising; hebbian (in hebbian_thresholds.py); legendre,
leaky, closure (in memory_sequences.py). Medians of five seeds unless a group says otherwise.
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
import hebbian_thresholds
import jax
import jax.numpy as jnp
import measure
import memory_sequences
import numpy as np
import optax

from residuum.blocks.associative import (
    Associate,
    FowlerNordheim,
    Geometric,
    Hopfield,
    Ising,
    MonotoneBoltzmann,
    MultitaskingHebbian,
    anneal,
    archetypes,
    cut_of,
    diluted_patterns,
    distance_keys,
    distance_queries,
    greedy_cut,
    hierarchical_state,
    hierarchy,
    iterate,
    lattice_boltzmann,
    multitasking_overlaps,
    random_graph,
    semidefinite_cut,
    settle,
    spectral_cut,
    torus_graph,
)

SEEDS = [5, 6, 7, 8, 9]


def flipped(patterns: np.ndarray, seed: int, count: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Return stored patterns and the same with a fifth of their signs flipped."""
    random = np.random.default_rng(seed)
    wanted = patterns[random.integers(0, len(patterns), count)]
    return wanted, wanted * np.where(random.random(wanted.shape) < 0.2, -1.0, 1.0)


def retrieval() -> dict[str, Any]:
    """Share of states of 64 signs that one update restores whole, by stored patterns."""
    found: dict[str, Any] = {}
    for count in (4, 8, 16, 1024, 16384):
        rows: dict[str, list[float]] = {"hebbian": [], "softmax": []}
        for seed in SEEDS:
            patterns = archetypes(count, 64, seed)
            wanted, noisy = flipped(patterns, seed)
            weight = patterns.T @ patterns / 64
            np.fill_diagonal(weight, 0.0)
            moved = Hopfield(patterns).update(jnp.asarray(noisy, jnp.float32))
            for name, state in (("hebbian", noisy @ weight), ("softmax", np.asarray(moved))):
                rows[name].append(float(np.mean(np.all(np.sign(state) == wanted, axis=1))))
        found[str(count)] = {name: statistics.median(row) for name, row in rows.items()}
    return found


def burgers(count: int, seed: int, points: int = 128, steps: int = 400) -> np.ndarray:
    """Return u(x, 1) of viscous Burgers' equation on a periodic unit interval, ν = 0.01.

    Pseudo-spectral with 2/3 of the modes, fourth-order Runge-Kutta with an integrating factor.
    """
    random = np.random.default_rng(seed)
    k = 2j * np.pi * np.fft.rfftfreq(points, 1 / points)
    keep = np.arange(len(k)) < points / 3
    u = np.zeros((count, len(k)), complex)
    u[:, 1:5] = random.normal(size=(count, 4)) + 1j * random.normal(size=(count, 4))
    u[:, 1:5] *= points / 4 / np.arange(1, 5)
    dt = 1 / steps
    decay = np.exp(0.01 * k**2 * dt / 2)

    def slope(v: np.ndarray) -> np.ndarray:
        return -0.5 * k * keep * np.fft.rfft(np.fft.irfft(v * keep, points) ** 2)

    for _ in range(steps):
        a = slope(u)
        b = slope(decay * (u + dt / 2 * a))
        c = slope(decay * u + dt / 2 * b)
        d = slope(decay**2 * u + dt * decay * c)
        u = decay**2 * (u + dt / 6 * a) + dt / 3 * decay * (b + c) + dt / 6 * d
    return np.fft.irfft(u, points)


def blended(keys: np.ndarray, stored: np.ndarray, beta: float, seen: np.ndarray) -> np.ndarray:
    """Return the softmax blend of stored fields by the distance of what sensors saw."""
    layer = Associate(distance_keys(keys), stored, beta)
    return np.asarray(layer(jnp.asarray(distance_queries(seen), jnp.float32)))


def kriged(places: np.ndarray, length: float, noise: float, seen: np.ndarray) -> np.ndarray:
    """Return the mean of a periodic Gaussian process through noisy values."""
    grid = np.arange(128) / 128

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-2 * np.sin(np.pi * (a[:, None] - b)) ** 2 / (2 * np.pi * length) ** 2 * 4)

    gram = kernel(grid[places], grid[places]) + noise * np.eye(len(places))
    return np.asarray(seen @ np.linalg.solve(gram, kernel(grid[places], grid)))


def projected(
    stored: np.ndarray, places: np.ndarray, rank: int, ridge: float, seen: np.ndarray
) -> np.ndarray:
    """Return least squares on the leading principal components."""
    mean = stored.mean(axis=0)
    sizes, modes = np.linalg.svd(stored - mean, full_matrices=False)[1:]
    modes = modes[:rank] * (sizes[:rank, None] / math.sqrt(len(stored)))
    at = modes[:, places]
    gram = at @ at.T + ridge * np.eye(rank)
    return np.asarray(mean + (seen - mean[places]) @ at.T @ np.linalg.inv(gram) @ modes)


def completion(seed: int) -> dict[str, float]:
    """Errors of whole fields from twelve noisy sensors; options chosen on a fifth of the store."""
    fields = burgers(1200, seed)
    random = np.random.default_rng(seed + 100)
    places = np.sort(random.choice(128, 12, replace=False))
    size = fields.std()
    stored, tests = fields[:1000], fields[1000:]
    noisy = tests[:, places] + 0.05 * size * random.normal(size=(200, 12))
    guessed = stored[800:, places] + 0.05 * size * random.normal(size=(200, 12))

    def error(found: np.ndarray, true: np.ndarray) -> float:
        return float(np.linalg.norm(found - true) / np.linalg.norm(true))

    ways: dict[str, tuple[list[Any], Callable[[np.ndarray, Any, np.ndarray], np.ndarray]]] = {
        "nearest neighbour": (
            [None],
            lambda s, _, q: s[((s[:, None, places] - q) ** 2).sum(axis=2).argmin(axis=0)],
        ),
        "hopfield": (
            [10.0 ** (p / 2) / size**2 for p in range(-2, 5)],
            lambda s, b, q: blended(s[:, places], s, b, q),
        ),
        "kriging": (
            [(w, v) for w in (0.03, 0.06, 0.1, 0.2) for v in (1e-3, 1e-2, 0.1)],
            lambda s, o, q: kriged(places, o[0], o[1], q),
        ),
        "principal components": (
            [(r, v * size**2) for r in (4, 6, 8, 12, 24, 48) for v in (1e-3, 1e-2, 0.1)],
            lambda s, o, q: projected(s, places, o[0], o[1], q),
        ),
    }
    found = {}
    for name, (options, way) in ways.items():
        best = min(options, key=lambda o: error(way(stored[:800], o, guessed), stored[800:]))
        found[name] = error(way(stored, best, noisy), tests)
    return found


def hopfield() -> dict[str, Any]:
    """Retrieval of signs and completion of fields."""
    rows = [completion(seed) for seed in SEEDS]
    return {
        "retrieval": retrieval(),
        "completion": {name: [row[name] for row in rows] for name in rows[0]},
    }


def multitasking() -> dict[str, Any]:
    """Overlaps of four patterns, beside the exact sum and the hierarchy."""
    found: dict[str, Any] = {}
    for spins, draws in ((1000, 20), (100_000, 5)):
        for blanks in (0.3, 0.4, 0.5):
            rows = []
            for seed in range(11, 11 + draws):
                patterns = diluted_patterns(4, spins, blanks, seed)
                model = MultitaskingHebbian(patterns)
                start = jnp.asarray(hierarchical_state(patterns), jnp.float32)
                rows.append(model.overlaps(settle(model, start, most=6).state)[0])
            exact, mean = multitasking_overlaps(4, blanks), np.mean(rows, axis=0)
            found[f"{spins}, {blanks}"] = {
                "overlaps": mean.tolist(),
                "theory": exact.tolist(),
                "hierarchy": hierarchy(4, blanks).tolist(),
                "worst deviation": float(np.abs(mean / exact - 1).max()),
                "worst above a tenth": float(np.abs(mean / exact - 1)[exact > 0.1].max()),
            }
            print(
                spins,
                blanks,
                found[f"{spins}, {blanks}"]["worst deviation"],
                file=sys.stderr,
                flush=True,
            )
    return found


def two_phase(count: int, seed: int, side: int = 16) -> np.ndarray:
    """Return signs of smooth random periodic fields, shape (count, side²)."""
    noise = np.random.default_rng(seed).normal(size=(count, side, side))
    k = np.fft.fftfreq(side, 1 / side)
    damp = np.exp(-(k[:, None] ** 2 + k**2) / (2 * 2.0**2))
    smooth = np.fft.ifft2(np.fft.fft2(noise) * damp).real
    return np.where(smooth > 0, 1.0, -1.0).reshape(count, -1)


class Unconstrained(eqx.Module):
    """z ← (1 - d) z + d tanh(W z + b) with W = RᵀR - AᵀA without its diagonal: no promise."""

    up: Any
    down: Any
    bias: jax.Array

    def matrix(self) -> jax.Array:
        """Return W."""
        first, second = self.up.matrix(), self.down.matrix()
        whole = second - first
        return whole - jnp.diag(jnp.diag(whole))

    def means(
        self, seen: jax.Array, known: jax.Array, steps: int, start: jax.Array | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Return the last state and its defect."""
        weight = self.matrix()
        pad = ((0, 0), (0, len(weight) - seen.shape[1]))
        known, seen = jnp.pad(known, pad), jnp.pad(jnp.where(known, seen, 0.0), pad)
        z = jnp.zeros_like(seen) if start is None else start

        def defect(z: jax.Array) -> jax.Array:
            return jnp.where(known, seen, jnp.tanh(z @ weight.T + self.bias)) - z

        z = jax.lax.fori_loop(0, steps, lambda _, z: z + 0.5 * defect(z), z)
        return z, jnp.max(jnp.abs(defect(z)), axis=1)


def boltzmann_of(seed: int) -> dict[str, Any]:
    """Completion of half of all pixels: wrong pixels among the missing, and convergence."""
    fields, tests = two_phase(400, seed), two_phase(100, seed + 50)
    random = np.random.default_rng(seed)
    known_test = jnp.asarray(random.random(tests.shape) < 0.5)
    machine = lattice_boltzmann(16, seed)
    free = Unconstrained(machine.weight, lattice_boltzmann(16, seed + 1).weight, machine.bias)

    def means(model: Any, seen: jax.Array, known: jax.Array) -> jax.Array:
        if isinstance(model, MonotoneBoltzmann):
            return model.complete(seen, known)
        return model.means(seen, known, 40)[0][:, :256]

    def loss(model: Any, seen: jax.Array, known: jax.Array) -> jax.Array:
        right = jnp.clip((1 + seen * means(model, seen, known)) / 2, 1e-6)
        return -jnp.sum(jnp.where(known, 0.0, jnp.log(right))) / jnp.sum(~known)

    def trained(model: Any) -> tuple[Any, float]:
        rule = optax.adam(0.02)
        memory = rule.init(eqx.filter(model, eqx.is_inexact_array))

        @eqx.filter_jit
        def step(model: Any, memory: Any, seen: jax.Array, known: jax.Array) -> Any:
            slope = eqx.filter_grad(loss)(model, seen, known)
            change, memory = rule.update(slope, memory)
            return eqx.apply_updates(model, change), memory

        begun = time.perf_counter()
        for _ in range(100):
            rows = fields[random.integers(0, len(fields), 8)]
            known = random.random(rows.shape) < 0.5
            model, memory = step(model, memory, jnp.asarray(rows, jnp.float32), jnp.asarray(known))
        return model, time.perf_counter() - begun

    found: dict[str, Any] = {"wrong": {}, "converged": {}, "seconds": {}}
    shown = jnp.asarray(tests, jnp.float32)
    missing = ~np.asarray(known_test)

    def wrong(z: np.ndarray) -> float:
        return float(np.mean((np.sign(z) != tests)[missing]))

    machine, found["seconds"]["monotone"] = trained(machine)
    found["wrong"]["monotone"] = wrong(np.asarray(machine.complete(shown, known_test)))
    held = machine.held(shown, known_test)
    drive = jnp.broadcast_to(machine.bias, held.where.shape)
    spent = iterate(machine.weight.matrix(), drive, held, machine.splitting)[1]
    found["iterations"] = int(spent)
    # ``complete`` raises where a state misses the tolerance.
    found["converged"]["monotone"] = 1.0
    free, found["seconds"]["unconstrained"] = trained(free)
    z, first = free.means(shown, known_test, 2000)
    found["wrong"]["unconstrained"] = wrong(np.asarray(z[:, :256]))
    start = jnp.asarray(random.uniform(-1, 1, z.shape), jnp.float32)
    other, second = free.means(shown, known_test, 2000, start)
    settled = (first < 1e-4) & (second < 1e-4)
    found["converged"]["unconstrained"] = float(jnp.mean(settled))
    same = jnp.max(jnp.abs(z - other), axis=1) < 1e-2
    found["one answer, unconstrained"] = float(jnp.mean(settled & same))
    near = [
        fields[np.argmin(((fields - row) ** 2 * mask).sum(axis=1))]
        for row, mask in zip(tests, ~missing, strict=True)
    ]
    found["wrong"]["nearest neighbour"] = wrong(np.array(near))
    cover = np.cov(np.concatenate([fields, -fields]).T)
    krige = []
    for row, mask in zip(tests, ~missing, strict=True):
        gram = cover[np.ix_(mask, mask)] + 0.05 * np.eye(mask.sum())
        krige.append(cover[:, mask] @ np.linalg.solve(gram, row[mask]))
    found["wrong"]["kriging"] = wrong(np.array(krige))
    print(seed, found, file=sys.stderr, flush=True)
    return found


def boltzmann() -> dict[str, Any]:
    """Two-phase fields on 16 × 16 pixels, half of them missing."""
    return {str(seed): boltzmann_of(seed) for seed in SEEDS}


def ising() -> dict[str, Any]:
    """Cuts of 800 nodes after two million attempted flips, against a run five times as long."""
    found: dict[str, Any] = {}
    graphs = {"random, 6 %": random_graph(800, 0.06, 7), "torus, ±1": torus_graph(20, 40, 7)}
    for name, graph in graphs.items():
        model = Ising(graph)
        rows: dict[str, Any] = {}
        for cooling in (FowlerNordheim(), Geometric()):
            begun = time.perf_counter()
            states = anneal(model, cooling, flips=2_000_000, key=7, chains=5)
            rows[type(cooling).__name__] = {
                "cuts": [cut_of(graph, s) for s in states],
                "seconds": time.perf_counter() - begun,
            }
            print(name, rows, file=sys.stderr, flush=True)
        rows["greedy"] = {"cuts": [cut_of(graph, greedy_cut(graph, seed)) for seed in SEEDS]}
        rows["spectral"] = {"cuts": [cut_of(graph, spectral_cut(graph))]}
        rows["semidefinite"] = {
            "cuts": [cut_of(graph, semidefinite_cut(graph, seed)) for seed in SEEDS[:2]]
        }
        long = anneal(model, Geometric(start=1.0, end=0.1), flips=10_000_000, key=9, chains=1)
        rows["five times as long"] = {"cuts": [cut_of(graph, long[0])]}
        best = max(max(row["cuts"]) for row in rows.values())
        for row in rows.values():
            row["share of best"] = statistics.median(row["cuts"]) / best
        found[name] = {"best known here": best, "methods": rows}
    return found


GROUPS: dict[str, Callable[[], dict[str, Any]]] = {
    "hopfield": hopfield,
    "hebbian": hebbian_thresholds.hebbian,
    "multitasking": multitasking,
    "boltzmann": boltzmann,
    "ising": ising,
    **memory_sequences.GROUPS,
}


def main(arguments: list[str]) -> None:
    """Measure the named groups, or all; print what is stored."""
    path = measure.RESULTS / "memories.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    stored.pop("machine", None)
    for option in [item for item in arguments if item.startswith("--seeds=")]:
        for seeds in (SEEDS, memory_sequences.SEEDS):
            del seeds[int(option.removeprefix("--seeds=")) :]
        arguments = [item for item in arguments if item != option]
    if "--print" not in arguments:
        for name in arguments or GROUPS:
            begun = time.perf_counter()
            group = GROUPS[name]()
            stored[name] = {**group, "group seconds": time.perf_counter() - begun}
            measure.store("memories", stored)
    print(json.dumps(stored, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
