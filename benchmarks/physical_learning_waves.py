"""Vowels through media of waves that can only be called; see physical_learning.py."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks import Contrastive, Dense, Rescale, Stage, dense, run
from residuum.blocks.physical import SMALL, BlackBox, drifted, one_hot, ridge_readout, wave_medium
from residuum.datasets import read_vowels
from residuum.learning import Supervised
from residuum.learning.rules import LocalContrast

Row = dict[str, float]
BANDS, WIDTH, CLASSES, DRIFT = 50, 24, 3, 0.1


def vowels_through_media(seed: int) -> dict[str, Row]:
    """Tell three spoken vowels apart with two media in a row, before and after a drift of 10 %."""
    sounds = read_vowels(Path(os.environ["RESIDUUM_DATA"]) / "vowels_ae_ei_iy.npz")
    train, test = sounds.split(0.25, seed)
    bands = sounds.bands(BANDS)
    bands = ((bands - bands[train].mean(0)) / bands[train].std(0)).astype("f4")
    given, asked = (bands[train], sounds.labels[train]), (bands[test], sounds.labels[test])
    media = [wave_medium(SMALL, key=seed + i) for i in range(2)]
    later = [drifted(medium, seed + 2 + i, DRIFT) for i, medium in enumerate(media)]
    keys = jax.random.split(jax.random.key(seed), 4)
    encode = np.asarray(dense(BANDS + CLASSES, WIDTH, keys[0]).weight) * 0.7
    trained = [dense(WIDTH, WIDTH, keys[1]), dense(WIDTH, WIDTH, keys[2])]
    how = Supervised(LocalContrast(), "cross_entropy", epochs=60, batch=62, rate=1e-2)

    def boxed(media: Any, maps: Any) -> Contrastive:
        layers = (constant(encode), BlackBox(media[0]), CENTRE, maps[0], LOUD)
        return Contrastive((*layers, BlackBox(media[1]), CENTRE, maps[1]), CLASSES, strength=3.0)

    rows: dict[str, Row] = {}
    learnt = how.train(boxed(media, trained), given, key=seed)
    rows["local contrast, black boxes"] = {"right": right(learnt.classes(asked[0]), asked[1])}
    maps = [learnt.model.layers[i] for i in (3, 7)]
    moved = boxed(later, maps)
    rows["local contrast, after the drift"] = {"right": right(classes(moved, asked[0]), asked[1])}
    again = replace(how, epochs=20).train(moved, given, key=seed)
    rows["local contrast, adapted again"] = {"right": right(again.classes(asked[0]), asked[1])}
    rows |= twin(media, later, (given, asked), keys[3])
    rows["ridge on the bands (floor)"] = {"right": floor(given, asked)}
    features = [
        np.asarray(run_medium(media[0], encode[:BANDS], part[0])) for part in (given, asked)
    ]
    inside = (features[0], given[1]), (features[1], asked[1])
    rows["ridge on one medium (floor)"] = {"right": floor(*inside)}
    return rows


class Through(Stage):
    """Layers in turn."""

    layers: tuple[Stage, ...]

    def __call__(self, state: Any) -> Any:
        return run(self.layers, state)


CENTRE = Rescale(np.ones(1, "f4"), np.full(1, 1.0, "f4"))
"""Readings of a medium are of size one, and positive."""
LOUD = Rescale(np.zeros(1, "f4"), np.full(1, WIDTH**-0.5, "f4"))
"""Rows of unit norm to numbers of size one, which a medium expects."""


def constant(weight: np.ndarray) -> Dense:
    """Return a map that is not trained."""
    return Dense(weight, np.zeros(weight.shape[1], "f4"))


@eqx.filter_jit
def run_medium(medium: Any, weight: Any, x: Any) -> Any:
    """Return the readings for a fixed encoding."""
    return medium(jnp.asarray(x) @ weight)


@eqx.filter_jit
def applied(model: Stage, x: Any) -> Any:
    """Return what a model gives."""
    return model(x)


def classes(model: Stage, x: Any) -> np.ndarray:
    """Return the class of the largest output."""
    return np.asarray(applied(model, jnp.asarray(x))).argmax(1)


def right(found: Any, labels: Any) -> float:
    """Return the share that is right."""
    return float((found == labels).mean())


def floor(given: Any, asked: Any) -> float:
    """Return what a ridge readout of features gets right."""
    readout = ridge_readout(given[0], one_hot(given[1], CLASSES))
    return right(np.asarray(readout(jnp.asarray(asked[0], "f4"))).argmax(1), asked[1])


def twin(media: Any, later: Any, data: Any, key: Any) -> dict[str, Row]:
    """Train through differentiable media (a perfect twin); use the maps before and after."""
    given, asked = data
    keys = jax.random.split(key, 3)

    def through(media: Any, maps: Any) -> Through:
        first, second = (jax.tree.map(constants, medium) for medium in media)
        return Through((maps[0], first, CENTRE, maps[1], second, CENTRE, maps[2]))

    sizes = ((BANDS, WIDTH), (WIDTH, WIDTH), (WIDTH, CLASSES))
    maps = [dense(a, b, part) for (a, b), part in zip(sizes, keys, strict=True)]
    how = Supervised(loss="cross_entropy", epochs=60, batch=62, rate=1e-2)
    learnt = how.train(through(media, maps), given, key=7)
    maps = [learnt.model.layers[i] for i in (0, 3, 6)]
    before = right(learnt.classes(asked[0]), asked[1])
    after = right(classes(through(later, maps), asked[0]), asked[1])
    return {
        "digital twin, backpropagation": {"right": before},
        "digital twin, after the drift": {"right": after},
    }


def constants(leaf: Any) -> Any:
    """Return a leaf that is not trained."""
    return np.asarray(leaf) if eqx.is_array(leaf) else leaf
