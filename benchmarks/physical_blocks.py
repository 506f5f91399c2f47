"""Physical blocks on vowels: what a medium, a mesh, a reservoir and a chain are worth.

    python benchmarks/physical_blocks.py             measure, print and store (half an hour)
    python benchmarks/physical_blocks.py NAME …      groups of medium, mesh, reservoir, chain
    python benchmarks/physical_blocks.py --print     print the stored figures in Markdown

Synthetic vowels (300 to train on, 150 to test on) whose formants move with the length of the vocal
tract, and recorded ones (``RESIDUUM_DATA``; 25 of 93 speakers left out). Floors without training
are ridge regressions on the spectrum (alone, and with products of its bands) and on the untrained
features. The ceiling of a block is its digital twin: the map into it and the readout trained by
backpropagation through it. Shares of right answers are means over the seeds.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import measure
import numpy as np
import optax
from jax import Array

from residuum._core import generator
from residuum.blocks import Block, Chain, Dense, dense
from residuum.blocks.physical import (
    SMALL,
    Detectors,
    OpticalMatrix,
    aligned_heads,
    drifted,
    echo_state,
    one_hot,
    optical_matrix,
    oscillator_chain,
    ridge_readout,
    saturable_absorber,
    spiking_reservoir,
    wave_medium,
)
from residuum.datasets import VowelMaker, Vowels, read_vowels
from residuum.learning import GradientRule, Task
from residuum.learning.rules import Backpropagation, ForwardDifferences

DATA = Path(os.environ.get("RESIDUUM_DATA", measure.ROOT.parent / "shared" / "data"))
SEEDS = (5, 6, 8, 9, 11)
BANDS, BATCH = 12, 50
MAKER = VowelMaker(length=1024)
TEN = {
    f"vowel {i}": (first, second, 2900.0)
    for i, (first, second) in enumerate(
        [
            *((300, 2300), (400, 2000), (550, 1850), (700, 1700), (750, 1200)),
            *((600, 950), (480, 900), (330, 950), (480, 1350), (650, 1400)),
        ]
    )
}
"""Ten places of the first two formants; the last three are never heard in training."""


class Split:
    """Standardised features and vowels, to train on and to test on."""

    def __init__(self, features: np.ndarray, sounds: Vowels, seed: int) -> None:
        if len(sounds.waves) == 450:
            self.train, self.test = np.arange(300), np.arange(300, 450)
        else:
            self.train, self.test = sounds.split(25 / 93, seed)
        centre, size = features[self.train].mean(0), features[self.train].std(0) + 1e-9
        self.x = ((features - centre) / size).astype(np.float32)
        self.y = sounds.labels

    def ridge(self, features: np.ndarray | None = None) -> float:
        """Return the share that ridge regression on features gets right."""
        given = self.x if features is None else np.asarray(features)
        given = given.reshape(len(given), -1)
        head = ridge_readout(given[self.train], one_hot(self.y, 3)[self.train])
        return self.right(head(jnp.asarray(given, jnp.float32)))

    def products(self) -> float:
        """Return the share of ridge regression on the features and their products in pairs."""
        first, second = np.triu_indices(self.x.shape[1])
        return self.ridge(np.concatenate([self.x, self.x[:, first] * self.x[:, second]], axis=1))

    def right(self, scores: Any) -> float:
        """Return the share of the test set with the greatest score at its vowel."""
        found = np.asarray(scores).argmax(1)
        return float((found == self.y)[self.test].mean())


@eqx.filter_jit
def called(block: Any, x: Array) -> Array:
    """Return block(x), compiled."""
    answer: Array = block(x)
    return answer


class Twin(eqx.Module):
    """A trained map into a block, the log of its readings, and a trained readout."""

    into: Dense
    block: Block
    out: Dense

    def __call__(self, x: Array) -> Array:
        return self.out(jnp.log(self.block(self.into(x)) + 1e-2))


def loss_of(model: Any, x: Array, labels: Array) -> Array:
    """Return the mean cross-entropy."""
    return optax.softmax_cross_entropy_with_integer_labels(model(x), labels).mean()


def trainable(leaf: Any) -> bool:
    """Whether a leaf is a parameter: NumPy arrays are constants of the device."""
    return isinstance(leaf, jax.Array) and bool(jnp.issubdtype(leaf.dtype, jnp.inexact))


def trained(model: Any, data: Split, seed: int, *, epochs: int, rate: float = 1e-2) -> Any:
    """Return the model after epochs of Adam by backpropagation through all of it."""
    free, fixed = eqx.partition(model, trainable)
    optimiser = optax.adam(rate)
    random = generator(seed, 1)
    whole = len(data.train) // BATCH
    picks = np.concatenate(
        [
            random.permutation(data.train)[: whole * BATCH].reshape(whole, BATCH)
            for _ in range(epochs)
        ]
    )
    x, y = jnp.asarray(data.x), jnp.asarray(data.y)

    @jax.jit
    def run(free: Any, picks: Array) -> Any:
        def step(carry: Any, pick: Array) -> Any:
            free, state = carry
            slope = jax.grad(lambda part: loss_of(eqx.combine(part, fixed), x[pick], y[pick]))(free)
            move, state = optimiser.update(slope, state)
            return (optax.apply_updates(free, move), state), None

        return jax.lax.scan(step, (free, optimiser.init(free)), picks)[0][0]

    return eqx.combine(run(free, jnp.asarray(picks)), fixed)


def sounds_of(kind: str, seed: int) -> Vowels:
    """Return synthetic or recorded vowels."""
    if kind == "recorded":
        return read_vowels(DATA / "vowels_ae_ei_iy.npz")
    return MAKER.make(450, seed)


def twin_of(block: Block, data: Split, seed: int) -> Twin:
    """Return an untrained twin."""
    first, second = jax.random.split(jax.random.key(seed))
    signature = block.signature
    into = dense(data.x.shape[1], signature.inputs, first)
    # Glorot's weights for a wide map give small drives; these have root mean square 1.
    into = Dense(into.weight / jnp.std(into.weight) / data.x.shape[1] ** 0.5, into.bias)
    return Twin(into, block, dense(signature.outputs, 3, second))


def features_of(model: Twin, data: Split) -> np.ndarray:
    """Return logs of the readings for all samples."""
    readings = called(model.block, jnp.asarray(data.x) @ model.into.weight + model.into.bias)
    return np.log(np.asarray(readings) + 1e-2)


def twin_rows(block: Block, data: Split, seed: int, epochs: int) -> dict[str, float]:
    """Return floors, ceiling, and the ceiling on a device that has drifted by a tenth."""
    start = twin_of(block, data, seed)
    begin = time.perf_counter()
    done = trained(start, data, seed, epochs=epochs)
    row = {
        "spectrum": data.ridge(),
        "products": data.products(),
        "features": data.ridge(features_of(start, data)),
        "readings": data.ridge(np.exp(features_of(start, data))),
        "twin": data.right(called(done, jnp.asarray(data.x))),
        "seconds": time.perf_counter() - begin,
    }
    later: Any = drifted(done.block, seed, 0.1)
    moved = eqx.tree_at(lambda m: m.block, done, later, is_leaf=lambda m: m is done.block)
    row["twin on a drifted device"] = data.right(called(moved, jnp.asarray(data.x)))
    row["readout fitted again"] = data.ridge(features_of(moved, data))
    return row


def medium() -> list[dict[str, Any]]:
    """Vowels through the medium of waves: drives of several sizes, linear and nonlinear."""
    rows = []
    for kind, strength, drive in (
        ("synthetic", 1.0, 1.0),
        ("synthetic", 0.0, 1.0),
        ("recorded", 1.0, 1.0),
    ):
        for seed in SEEDS:
            sounds = sounds_of(kind, seed)
            data = Split(sounds.bands(BANDS), sounds, seed)
            block = wave_medium(replace(SMALL, strength=strength, drive=drive), key=seed)
            row = twin_rows(block, data, seed, 25)
            name = {"vowels": kind, "strength": strength, "drive": drive, "seed": seed}
            rows.append({**name, "50 bands": Split(sounds.bands(50), sounds, seed).ridge(), **row})
            print(rows[-1], flush=True)
    return rows


class Optical(eqx.Module):
    """Two matrices with an absorber between, powers at three ports as scores."""

    first: Any
    middle: Any
    last: Any

    def chain(self) -> Chain:
        """Return the blocks."""
        return Chain((self.first, self.middle, self.last, Detectors(8, 3)))

    def __call__(self, x: Array) -> Array:
        return 4 * self.chain()(x)


class Complex(eqx.Module):
    """A dense complex layer, real and imaginary parts trained."""

    real: Array
    imaginary: Array

    @property
    def matrix(self) -> Array:
        """The matrix, (outputs, inputs)."""
        return self.real + 1j * self.imaginary

    def __call__(self, x: Array) -> Array:
        return x @ self.matrix.T


class DenseOptical(Optical):
    """The same with dense complex layers: what the meshes make, without light."""

    def __call__(self, x: Array) -> Array:
        return 4 * Detectors(8, 3)(self.last(self.middle(self.first(x))))


def complex_layer(seed: int, stream: int) -> Complex:
    """Return a random dense complex layer."""
    draw = generator(seed, stream).normal(size=(2, 8, 8)) / 4
    return Complex(jnp.asarray(draw[0], jnp.float32), jnp.asarray(draw[1], jnp.float32))


def with_noise(model: Optical, deviation: float, draw: int) -> Optical:
    """Return the network with errors on all phases."""
    first: OpticalMatrix = model.first
    last: OpticalMatrix = model.last
    pair = first.noisy(deviation, 2 * draw + 100), last.noisy(deviation, 2 * draw + 101)
    return Optical(pair[0], model.middle, pair[1])


def descended(model: Optical, data: Split, rule: GradientRule, steps: int = 150) -> Optical:
    """Return the network after steps of Adam on all phases and gains by a rule's slopes."""
    optimiser = optax.adam(0.03)
    x, y = jnp.asarray(data.x[data.train]), jnp.asarray(data.y[data.train])
    task = Task(
        lambda out: optax.softmax_cross_entropy_with_integer_labels(4 * out, y).mean(), None
    )
    middle = model.middle

    @jax.jit
    def run(free: Any) -> Any:
        def step(carry: Any, _: None) -> Any:
            free, state = carry
            stages = (free[0], free[1])
            whole = _stages(stages, middle)
            slopes = rule.gradient(whole, x, task, memory=(), key=jax.random.key(3)).slopes
            move, state = optimiser.update((slopes[0], slopes[2]), state)
            return (optax.apply_updates(free, move), state), None

        return jax.lax.scan(step, (free, optimiser.init(free)), None, length=steps)[0][0]

    first, last = run((model.first, model.last))
    return Optical(first, middle, last)


def _stages(pair: tuple[Any, Any], middle: Any) -> tuple[Any, ...]:
    return (pair[0], middle, pair[1], Detectors(8, 3))


def mesh() -> list[dict[str, Any]]:
    """Eight-port networks of interferometers against the error of their phases."""
    rows = []
    for seed in SEEDS:
        sounds = sounds_of("synthetic", seed)
        data = Split(sounds.bands(8), sounds, seed)
        x, absorber = jnp.asarray(data.x), saturable_absorber(8)
        floor = DenseOptical(complex_layer(seed, 1), absorber, complex_layer(seed, 2))
        floor = trained(floor, data, seed, epochs=60)
        chip = Optical(
            optical_matrix(np.asarray(floor.first.matrix)),
            absorber,
            optical_matrix(np.asarray(floor.last.matrix)),
        )
        row: dict[str, Any] = {"seed": seed, "spectrum": data.ridge(), "products": data.products()}
        row["dense complex layers"] = data.right(called(floor, x))
        for deviation in (0.0, 0.01, 0.05, 0.1, 0.2):
            found = [data.right(called(with_noise(chip, deviation, draw), x)) for draw in range(20)]
            row[f"set, noise {deviation:g}"] = statistics.mean(found)
        random = [complex_layer(seed, stream).matrix for stream in (3, 4)]
        new = Optical(
            optical_matrix(np.asarray(random[0])), absorber, optical_matrix(np.asarray(random[1]))
        )
        for rule in (Backpropagation(), ForwardDifferences(0.01)):
            row[f"phases by {rule.name}"] = data.right(called(descended(new, data, rule), x))
        rows.append(row)
        print(row, flush=True)
    return rows


def frames(sounds: Vowels, bands: int = 8, count: int = 32) -> np.ndarray:
    """Return logs of power in bands over time, (n, count, bands)."""
    cut = sounds.waves[:, : sounds.waves.shape[1] // count * count]
    power = np.abs(np.fft.rfft(cut.reshape(len(cut), count, -1), axis=2))[:, :, 1:] ** 2
    parts = [part.mean(2) for part in np.array_split(power, bands, axis=2)]
    logs = np.log(np.stack(parts, 2) + 1e-3)
    return (logs - logs.mean((0, 1))) / logs.std((0, 1))


def narma(length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return input and output of the tenth-order system that reservoirs are compared on."""
    given, out = generator(seed).uniform(0, 0.5, length), np.zeros(length)
    for t in range(9, length - 1):
        out[t + 1] = (
            0.3 * out[t] + 0.05 * out[t] * out[t - 9 : t + 1].sum() + 1.5 * given[t - 9] * given[t]
        ) + 0.1
    return given, out


def memory_rows(seed: int) -> dict[str, float]:
    """Return errors of a fit of the tenth-order system, relative to its deviation."""
    given, out = narma(2200, seed)
    signal = jnp.asarray((given[None, :, None] - 0.25) / 0.15, jnp.float32)
    lags = np.stack([np.roll(given, lag) for lag in range(20)], 1)
    found = {
        "spiking": called(spiking_reservoir(1, 500, key=seed).traces, signal)[0],
        "echo state": called(echo_state(1, 500, key=seed, rate=1.0).traces, signal)[0],
        "lagged inputs": lags,
    }
    errors = {}
    for name, features in found.items():
        kept = np.asarray(features)
        head = ridge_readout(kept[200:1200], out[200:1200, None])
        miss = np.asarray(head(jnp.asarray(kept[1200:], jnp.float32)))[:, 0] - out[1200:]
        errors[f"memory, {name}"] = float(np.std(miss) / np.std(out[1200:]))
    return errors


def unheard(seed: int) -> dict[str, float]:
    """Return shares right of three vowels never heard in training; one in three is chance."""
    sounds = VowelMaker(length=1024, tract=0.1, formants=TEN).make(500, seed)
    features = np.asarray(
        called(spiking_reservoir(8, 500, key=seed), jnp.asarray(frames(sounds), jnp.float32))
    )
    features = (features - features.mean(0)) / (features.std(0) + 1e-6)
    table = np.log(np.array(list(TEN.values()))[:, :2])
    table = (table - table.mean(0)) / table.std(0)
    # What describes a vowel: bumps of its two formants.
    grid = np.stack(np.meshgrid(*[np.linspace(-1.6, 1.6, 5)] * 2), -1).reshape(-1, 2)
    words = np.exp(-((table[:, None] - grid) ** 2).sum(2) / 2)
    words = (words - words.mean(0)) / words.std(0)
    seen = sounds.labels < 7
    heads = aligned_heads(
        features[seen], words[sounds.labels[seen]], sounds.labels[seen], key=seed, steps=400
    )
    new = jnp.asarray(features[~seen], jnp.float32)
    cosines = heads.cosines(new, jnp.asarray(words[7:], jnp.float32))
    head = ridge_readout(features[seen], words[sounds.labels[seen]])
    far = ((np.asarray(head(new))[:, None] - words[7:]) ** 2).sum(2)
    truth = sounds.labels[~seen] - 7
    return {
        "unheard, aligned heads": float((np.asarray(cosines).argmax(1) == truth).mean()),
        "unheard, ridge to descriptions": float((far.argmin(1) == truth).mean()),
    }


def reservoir() -> list[dict[str, Any]]:
    """Spiking reservoirs beside echo states and lagged inputs; vowels never heard."""
    rows = []
    for seed in SEEDS:
        row: dict[str, Any] = {"seed": seed}
        for kind in ("synthetic", "recorded"):
            sounds = sounds_of(kind, seed)
            heard = frames(sounds)
            data, signal = Split(heard.reshape(len(heard), -1), sounds, seed), jnp.asarray(heard)
            signal = signal.astype(jnp.float32)
            spiking = spiking_reservoir(8, 500, key=seed)
            counts = np.asarray(called(spiking, signal))
            row[f"{kind}, spiking"] = data.ridge(counts)
            row[f"{kind}, echo state"] = data.ridge(
                np.asarray(called(echo_state(8, 500, key=seed), signal))
            )
            row[f"{kind}, lagged inputs"] = data.ridge()
            head = ridge_readout(counts[data.train], one_hot(data.y, 3)[data.train])
            later = called(drifted(spiking, seed, 0.1), signal)
            row[f"{kind}, spiking, drifted"] = data.right(head(later))
        rows.append({**row, **memory_rows(seed), **unheard(seed)})
        print(rows[-1], flush=True)
    return rows


def chain() -> list[dict[str, Any]]:
    """Vowels through a chain of eight oscillators, from a linear one to one that bends."""
    rows = []
    for cubic in (0.3, 0.03, 0.0):
        for seed in SEEDS:
            sounds = sounds_of("synthetic", seed)
            data = Split(sounds.bands(BANDS), sounds, seed)
            block = oscillator_chain(8, key=seed, cubic=cubic, damping=0.1)
            row = twin_rows(block, data, seed, 40)
            rows.append({"cubic": cubic, "seed": seed, **row})
            print(rows[-1], flush=True)
    return rows


GROUPS = {"medium": medium, "mesh": mesh, "reservoir": reservoir, "chain": chain}
NAMES = {"vowels", "strength", "drive", "cubic"}


def show(stored: dict[str, Any]) -> None:
    """Print means and ranges of every group."""
    for name in GROUPS:
        rows = stored.get(name, [])
        cases: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            label = ", ".join(f"{key} {row[key]}" for key in row if key in NAMES)
            cases.setdefault(label or name, []).append(row)
        for label, group in cases.items():
            keys = [key for key in group[0] if key not in NAMES | {"seed"}]
            table = [
                [key, f"{statistics.mean(v):.3f} ({min(v):.3f} – {max(v):.3f})"]
                for key in keys
                for v in [[row[key] for row in group]]
            ]
            print(f"\n{name}: {label}, {len(group)} seeds\n")
            print(measure.table(("what", "mean (range)"), table))


def main() -> None:
    """Measure the groups that are named, or print."""
    path = measure.RESULTS / "physical_blocks.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    if "--print" not in sys.argv:
        for name in sys.argv[1:] or GROUPS:
            rows = GROUPS[name]()
            # Another process may have stored other groups in the meantime.
            stored = json.loads(path.read_text()) if path.exists() else {}
            stored[name] = rows
            measure.store("physical_blocks", {key: stored[key] for key in GROUPS if key in stored})
    show(stored)


if __name__ == "__main__":
    main()
