"""The Optax transformations of trainings: one per kind, so that programs are compiled once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import jax
import optax

from residuum.learning._annealed_noise import annealed_noise
from residuum.learning._muon import muon

Optimiser = Literal["muon", "adam", "lion", "sgd"]


@lru_cache
def moves(kind: Optimiser, decay: float, clip: float | None, noise: float | None) -> Any:
    """Return the transformation from slopes to moves; ``update`` takes the ``rate`` of the step.

    The rate is no constant of the program, and equal arguments give the same object: a training
    compiles what no training of this kind and these shapes has compiled before.

    Args:
        kind: of the optimiser.
        decay: weight decay, apart from the gradient.
        clip: largest norm of the gradient; none if ``None``.
        noise: variance of fading noise on the clipped gradient; none if ``None``.
    """
    made = {
        "muon": lambda: muon(1.0, decay),
        "adam": lambda: optax.adamw(1.0, weight_decay=decay),
        "lion": lambda: optax.lion(1.0, weight_decay=decay),
        "sgd": lambda: optax.chain(optax.add_decayed_weights(decay), optax.sgd(1.0, momentum=0.9)),
    }[kind]()
    before = [] if clip is None else [optax.clip_by_global_norm(clip)]
    if noise is not None:
        before.append(annealed_noise(noise))
    return optax.chain(*before, made, _at_rate())


def _at_rate() -> Any:
    def update(moves: Any, state: Any, parameters: Any = None, *, rate: Any) -> tuple[Any, Any]:
        return jax.tree.map(lambda move: rate * move, moves), state

    return optax.GradientTransformationExtraArgs(lambda _: optax.EmptyState(), update)
