"""One network in space per step of time, all of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, Index, Jet, closure
from residuum.fields._feature_field import FeatureField


def between(first: Jet, second: Jet, clock: tuple[Array, Array], wanted: Sequence[Index]) -> Jet:
    """Return the jet, in time and space, of what moves evenly from one jet in space to another.

    Args:
        first, second: jets in space alone.
        clock: share of the way and its rate in time, broadcastable to (n, 1).
        wanted: indices in time and space.
    """
    share, rate = clock
    parts: dict[Index, Array | None] = {}
    for index in wanted:
        a, b = first.parts[index[1:]], second.parts[index[1:]]
        if index[0] > 1 or (a is None and b is None):
            parts[index] = None
            continue
        start = jnp.zeros(()) if a is None else a
        move = (jnp.zeros(()) if b is None else b) - start
        parts[index] = move * rate if index[0] else start + share * move
    return Jet(parts)


@final
class NetworkStep(Field):
    """old(x) + (t - t₀)/h · (new(x) - old(x)): one step of time; only ``new`` is trained.

    Args:
        old: at the start of the step, its arrays NumPy.
        new: at the end.
        start: t₀ and h, shape (2,).
    """

    old: FeatureField
    new: FeatureField
    start: np.ndarray

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        inside = closure([index[1:] for index in wanted])
        share = (points[:, :1] - self.start[0]) / self.start[1]
        places = points[:, 1:]
        first, second = self.old.jet(places, inside), self.new.jet(places, inside)
        return between(first, second, (share, jnp.asarray(1.0 / self.start[1])), wanted)


@final
class NetworkSteps(Field):
    """A network in space at every knot of time, straight lines between them.

    Args:
        knots: times, increasing, shape (k,).
        stack: the network, all of its arrays with a first axis of length k.
    """

    knots: np.ndarray
    stack: FeatureField

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        inside = closure([index[1:] for index in wanted])
        knots = jnp.asarray(self.knots)
        place = jnp.clip(
            jnp.searchsorted(knots, points[:, 0], side="right") - 1, 0, len(self.knots) - 2
        )
        rate = (1.0 / (knots[place + 1] - knots[place]))[:, None]
        share = (points[:, :1] - knots[place][:, None]) * rate
        first = self._at(points[:, 1:], place, inside)
        second = self._at(points[:, 1:], place + 1, inside)
        return between(first, second, (share, rate), wanted)

    def _at(self, places: Array, number: Array, inside: tuple[Index, ...]) -> Jet:
        """Evaluate for every point the network of its own knot."""
        arrays, rest = eqx.partition(self.stack, eqx.is_array)

        def single(place: Array, k: Array) -> list[Array]:
            mine: FeatureField = eqx.combine(
                jax.tree.map(lambda a: jnp.asarray(a)[k], arrays), rest
            )
            jet = mine.jet(place[None], inside)
            zero = jnp.zeros_like(jet.value)
            found = (jet.parts[index] for index in inside)
            return [(zero if p is None else jnp.broadcast_to(p, zero.shape))[0] for p in found]

        parts = jax.vmap(single)(places, number)
        return Jet(dict(zip(inside, parts, strict=True)))

    def finite(self) -> bool | None:
        """Whether all weights are finite."""
        leaves = [leaf for leaf in jax.tree.leaves(self.stack) if eqx.is_inexact_array(leaf)]
        return all(bool(jnp.isfinite(leaf).all()) for leaf in leaves)


def stacked(knots: Sequence[float], fields: Sequence[FeatureField]) -> NetworkSteps:
    """Return the networks of all knots as one field."""
    parts = [eqx.partition(field, eqx.is_array) for field in fields]
    arrays = jax.tree.map(
        lambda *leaves: jnp.stack([jnp.asarray(a) for a in leaves]), *(a for a, _ in parts)
    )
    return NetworkSteps(np.array(knots, float), eqx.combine(arrays, parts[0][1]))
