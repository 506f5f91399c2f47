"""Loss and gradient in chunks and streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import Jet, in_double_precision
from residuum._core import _jet as jets
from residuum.blocks import Block, Signature
from residuum.fields import FeatureField
from residuum.objectives import Rows
from residuum.objectives._streams import Streams, chunked_loss, cut, split
from residuum.problem import pointwise
from residuum.problem._conditions import normal

from ._statements import poisson, w, x, y

N = 23
RANDOM = np.random.default_rng(97)
PLACES = RANDOM.uniform(-1, 1, (N, 2))


def rows(**changes: Any) -> Rows:
    """Two expressions, one with a normal, at random points with a target."""
    problem = poisson()[0]
    first, second = normal((x, y))
    slopes = w.diff(x) * first + w.diff(y) * second
    at = tuple(pointwise(problem, e) for e in (w**2 + x, slopes))
    options: dict[str, Any] = {
        "factor": jnp.asarray([[2.0], [3.0]]),
        "normals": jnp.asarray(np.stack([np.cos(PLACES[:, 0]), np.sin(PLACES[:, 0])], axis=1)),
        "target": jnp.asarray(PLACES[:, 1]),
        **changes,
    }
    return Rows("rows", at, jnp.asarray(PLACES), **options)


class Loss(eqx.Module):
    """Half the sum of squares for the field a·x + b·x·y, as a function of (a, b)."""

    def residual(self, vector: Array, item: Rows) -> Array:
        field = FeatureField(Products(), jnp.concatenate([vector, jnp.zeros(1)])[:, None])
        return item.residual(field)

    def __call__(self, vector: Array, every: Sequence[Rows]) -> Array:
        found: Array = sum(
            (0.5 * jnp.sum(self.residual(vector, item) ** 2) for item in every), jnp.zeros(())
        )
        return found


class Products(Block):
    """The features x and x·y."""

    @property
    def signature(self) -> Signature:
        return Signature(2, 2)

    def __call__(self, x: Array) -> Array:
        return x * jnp.concatenate([jnp.ones_like(x[:, 1:]), x[:, :1]], axis=1)

    def jet(self, jet: Jet) -> Jet:
        return jets.concatenate([jet[:, :1], jet[:, :1] * jet[:, 1:]])


VECTOR = np.array([0.7, -1.1])


@pytest.mark.parametrize("chunk", [4, 23])
@in_double_precision
def test_chunks_give_the_same_loss_and_gradient(chunk: int) -> None:
    loss, item = Loss(), rows()

    def chunked(vector: Array) -> Array:
        return chunked_loss(lambda part: loss.residual(vector, part), item, chunk)

    found = jax.jit(jax.value_and_grad(chunked))(jnp.asarray(VECTOR))
    true = jax.jit(jax.value_and_grad(lambda v: loss(v, [item])))(jnp.asarray(VECTOR))
    # Sums of 46 squares in another order.
    np.testing.assert_allclose(found[0], true[0], rtol=1e-13)
    np.testing.assert_allclose(found[1], true[1], rtol=1e-12)


@pytest.mark.parametrize("parts", [1, 3])
@in_double_precision
def test_parts_hold_each_point_once(parts: int) -> None:
    item = rows()
    pieces = split(item, parts)
    assert len(pieces) == parts
    joined = np.concatenate([piece.points for piece in pieces])
    np.testing.assert_array_equal(joined, PLACES)
    assert max(len(piece.points) for piece in pieces) <= N // parts + 1


@pytest.mark.parametrize("changes", [{"groups": 1}, {"groups": 23}])
@in_double_precision
def test_means_stay_whole(changes: dict[str, Any]) -> None:
    item = rows(**changes)
    assert split(item, 3) == [item]
    few = cut(rows(), slice(0, 5))
    assert split(few, 3) == [few]


@in_double_precision
def test_a_cut_keeps_what_belongs_to_its_points() -> None:
    piece = cut(rows(), slice(3, 7))
    assert piece.normals is not None and piece.target is not None
    np.testing.assert_array_equal(piece.points, PLACES[3:7])
    np.testing.assert_array_equal(piece.target, PLACES[3:7, 1])
    np.testing.assert_array_equal(piece.normals[:, 0], np.cos(PLACES[3:7, 0]))
    np.testing.assert_array_equal(piece.factor, np.tile([[2.0], [3.0]], (1, 4)))


@in_double_precision
def test_streams_add_up() -> None:
    device = jax.devices()[0]
    item, mean = rows(), rows(groups=1)
    both = Streams(Loss(), [item, mean], [device] * 3)
    value, slope = both(jnp.asarray(VECTOR))
    whole = jax.jit(jax.value_and_grad(lambda v: Loss()(v, [item, mean])))
    true, gradient = whole(jnp.asarray(VECTOR))
    np.testing.assert_allclose(value, true, rtol=1e-13)
    np.testing.assert_allclose(slope, gradient, rtol=1e-12)
