from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.blocks import Capability, Contrastive, Dense, Stage, Tanh, dense
from residuum.learning import Supervised
from residuum.learning.rules import LocalContrast

KEYS = jax.random.split(jax.random.key(7), 3)


@jax.custom_jvp
def medium(x: Array) -> Array:
    """A saturating mixture whose differentiation raises."""
    return jnp.sin(1.7 * x) + 0.3 * jnp.roll(x, 1, axis=1) ** 2


@medium.defjvp
def _(primals: tuple[Array, ...], tangents: tuple[Array, ...]) -> tuple[Array, Array]:
    raise AssertionError("the physics was differentiated")


class Physical(Stage):
    """Can only be called."""

    mixing: np.ndarray

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset()

    def __call__(self, state: Array) -> Array:
        return medium(state @ self.mixing)


def physical(inputs: int, outputs: int, seed: int) -> Physical:
    draw = np.random.default_rng(seed).normal(size=(inputs, outputs))
    return Physical((draw / inputs**0.5).astype("f4"))


def rings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three rings around one centre: no linear map tells them apart."""
    draw = np.random.default_rng(seed)
    y = draw.integers(0, 3, count)
    radius, angle = 0.5 + 0.8 * y + 0.1 * draw.normal(size=count), draw.uniform(0, 2 * np.pi, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype("f4"), y


def test_it_learns_through_a_box_that_cannot_be_differentiated() -> None:
    x, y = rings(300, 41)
    held, labels = rings(200, 43)
    lifted = np.concatenate([x, np.ones((300, 1))], 1)
    ridge = np.linalg.lstsq(lifted, np.eye(3)[y], rcond=None)[0]
    floor = float(
        (np.concatenate([held, np.ones((200, 1))], 1) @ ridge).argmax(1).__eq__(labels).mean()
    )
    layers = (
        physical(5, 40, 3),
        dense(40, 40, KEYS[0]),
        physical(40, 40, 5),
        dense(40, 40, KEYS[1]),
    )
    how = Supervised(LocalContrast(), "cross_entropy", epochs=60, batch=50, rate=1e-2)
    learnt = how.train(Contrastive(layers, 3), (x, y))
    right = float((learnt.classes(held) == labels).mean())
    assert right > floor + 0.2 and right > 0.8, (right, floor)
    assert {"contrast 1", "contrast 3"} == set(learnt.logs)


def test_other_models_and_trained_boxes_are_refused() -> None:
    with pytest.raises(OptionError, match="Contrastive"):
        LocalContrast().check((dense(2, 2, KEYS[0]), Tanh(2)))
    box = Physical(jnp.eye(4))  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="layer 0"):
        LocalContrast().check((Contrastive((box, dense(4, 4, KEYS[0])), 2),))
    with pytest.raises(OptionError):
        LocalContrast(sharpness=0.0)


def test_only_trained_layers_get_a_slope() -> None:
    fixed = Dense(np.eye(4, dtype="f4"), np.zeros(4, "f4"))
    model = Contrastive((fixed, dense(4, 4, KEYS[0])), 2, goodness="square")
    how = Supervised(LocalContrast(), "cross_entropy", epochs=1, batch=10)
    x, y = rings(20, 47)
    learnt = how.train(model, (x, (y > 0).astype(int)))
    still, moved = (np.asarray(layer.weight) for layer in learnt.model.layers)
    first = model.layers[1]
    assert isinstance(first, Dense)
    assert np.array_equal(still, fixed.weight) and not np.array_equal(moved, first.weight)
