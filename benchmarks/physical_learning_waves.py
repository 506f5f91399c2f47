"""Vowels through a medium of waves that can only be called; see physical_learning.py.

The drive has a carrier, a bias of size one: readings are powers, and beside a carrier linear
in what is small. Without one a random medium is hard to train through, with any rule.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import generator
from residuum.blocks import Composed, Contrastive, Dense, Stage, dense
from residuum.blocks.physical import (
    SMALL,
    BlackBox,
    MeasuredResponse,
    WaveMedium,
    drifted,
    one_hot,
    ridge_readout,
    wave_medium,
)
from residuum.datasets import read_vowels
from residuum.learning import Supervised
from residuum.learning.rules import Backpropagation, LocalContrast

Row = dict[str, float]
BANDS, WIDTH, CLASSES, DRIFT = 50, 24, 3, 0.1
COPIES, JITTER = 6, 0.5
"""Sounds are heard this often, each time with noise of this size on standardised bands."""


class Logarithm(Stage):
    """Powers in decibels, so to speak."""

    def __call__(self, state: Any) -> Any:
        return jnp.log(state + 1e-2)


def vowels_through_media(seed: int) -> dict[str, Row]:
    """Tell three spoken vowels apart through a medium, before and after it drifts by 10 %."""
    sounds = read_vowels(Path(os.environ["RESIDUUM_DATA"]) / "vowels_ae_ei_iy.npz")
    train, test = sounds.split(25 / 93, seed)
    bands = sounds.bands(BANDS)
    bands = ((bands - bands[train].mean(0)) / bands[train].std(0)).astype("f4")
    given, asked = (bands[train], sounds.labels[train]), (bands[test], sounds.labels[test])
    jitter = JITTER * generator(seed, 3).normal(size=(COPIES, *given[0].shape))
    heard = (given[0] + jitter).reshape(-1, BANDS).astype("f4"), np.tile(given[1], COPIES)
    medium = wave_medium(SMALL, key=seed)
    pair = medium, drifted(medium, seed + 2, DRIFT)
    rows = {
        f"digital twin{name}": row
        for name, row in life(pair, heard, asked, seed, Backpropagation(), True).items()
    }
    for rule in (Backpropagation(), LocalContrast()):
        for name, row in life(pair, heard, asked, seed, rule, False).items():
            rows[f"{rule.name}, measured response{name}"] = row
    rows["ridge on the bands (floor)"] = {"right": floor(given, asked), "seconds": 0.0}
    drive = dense(BANDS, medium.signature.inputs, jax.random.key(seed))
    inside = [np.asarray(called(Composed((drive, medium)), x)) for x in (given[0], asked[0])]
    right = floor((inside[0], given[1]), (inside[1], asked[1]))
    rows["ridge on the medium, random drive (floor)"] = {"right": right, "seconds": 0.0}
    return rows


def life(
    pair: tuple[WaveMedium, WaveMedium], heard: Any, asked: Any, seed: int, rule: Any, twin: bool
) -> dict[str, Row]:
    """Train on a medium; use what is trained on the one it has become; train that on."""
    contrastive = isinstance(rule, LocalContrast)
    key, more = jax.random.split(jax.random.key(seed))
    inputs, outputs = (BANDS + CLASSES, WIDTH) if contrastive else (BANDS, CLASSES)
    into = dense(inputs, pair[0].signature.inputs, key)
    carrier = jnp.asarray(generator(seed, 5).normal(size=into.bias.shape), jnp.float32)
    into = Dense(0.3 * jnp.asarray(into.weight), carrier)
    out = dense(pair[0].signature.outputs, outputs, more)

    def model(medium: WaveMedium, into: Any, out: Any) -> Stage:
        box: Any = jax.tree.map(constant, medium) if twin else MeasuredResponse(BlackBox(medium))
        layer = Composed((into, box, Logarithm(), out))
        return Contrastive((layer,), CLASSES, strength=3.0) if contrastive else layer

    rows: dict[str, Row] = {}
    made = model(pair[0], into, out)
    for name, medium, epochs in (("", pair[0], 6), (", adapted again", pair[1], 2)):
        began = time.perf_counter()
        how = Supervised(rule, "cross_entropy", epochs=epochs, batch=50, rate=1e-2)
        learnt = how.train(made, heard, key=seed)
        seconds = time.perf_counter() - began
        share = right(learnt.classes(asked[0]), asked[1])
        rows[name] = {"right": share, "seconds": seconds}
        layer = learnt.model.layers[0] if contrastive else learnt.model
        made = model(pair[1], layer.parts[0], layer.parts[3])
        if medium is pair[0]:
            share = right(np.asarray(called(made, asked[0])).argmax(1), asked[1])
            rows[", after the drift"] = {"right": share, "seconds": 0.0}
    return rows


@eqx.filter_jit
def called(model: Stage, x: Any) -> Any:
    """Return what a model gives."""
    return model(jnp.asarray(x))


def right(found: Any, labels: Any) -> float:
    """Return the share that is right."""
    return float((found == labels).mean())


def floor(given: Any, asked: Any) -> float:
    """Return what a ridge readout of features gets right."""
    readout = ridge_readout(given[0], one_hot(given[1], CLASSES))
    return right(np.asarray(readout(jnp.asarray(asked[0], "f4"))).argmax(1), asked[1])


def constant(leaf: Any) -> Any:
    """Return a leaf that is not trained."""
    return np.asarray(leaf) if eqx.is_array(leaf) else leaf
