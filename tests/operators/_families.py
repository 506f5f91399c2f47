"""Small families with solved members, and small operators, for the tests of training."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
import sympy as sp

import residuum as rs
from residuum._core import Key, jax_key
from residuum.blocks import Convolution, convolution
from residuum.datasets import Samples
from residuum.operators import GridFrame, Operator, OperatorArchitecture
from residuum.problem._statement_text import statement_text

NODES = 17
t, x = rs.time("t"), rs.space("x")
PLACES = np.linspace(0, 1, NODES)


class TwoConvolutions(Operator):
    """Convolution, bend, convolution."""

    first: Convolution
    last: Convolution
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Any) -> Any:
        found = self.last(jax.nn.gelu(self.first(inputs)))
        if not self.times:
            return found
        split = found.reshape(*found.shape[:-1], self.times, -1)
        return jax.numpy.moveaxis(split, -2, 1)


@dataclass(frozen=True)
class Two(OperatorArchitecture):
    """Recipe of ``TwoConvolutions``."""

    channels: int = 6
    side: int = 5

    name = "two_convolutions"

    def build(self, frame: GridFrame, key: Key) -> TwoConvolutions:
        one, two = jax.random.split(jax_key(key, 5))
        first = convolution(frame.inputs, self.channels, frame.edges, one, side=self.side)
        outputs = frame.outputs * max(frame.times, 1)
        last = convolution(self.channels, outputs, frame.edges, two, side=self.side, gain=1.0)
        return TwoConvolutions(first, last, frame.times)


def squares(count: int = 24, nodes: int = 16, key: int = 11) -> Samples:
    """A made-up map on a circle: waves in, their squares out."""
    random, places = np.random.default_rng(key), np.arange(nodes) / nodes
    angle = 2 * np.pi * np.outer(np.arange(1, 4), places)
    waves = random.normal(size=(count, 3)) @ np.sin(angle)
    waves = waves + random.normal(size=(count, 3)) @ np.cos(angle)
    given, found = waves[..., None], (waves**2 / 2 + 3)[..., None]
    return Samples(given, found, (places,), ("wrap",), ("f",), ("u",))


def rod(values: np.ndarray, source: float = 1.0) -> rs.Problem:
    """Heat flow through a rod of varying conductivity, one end held at a half."""
    u, a, s = rs.unknown("u", x), rs.coefficient("a", x), rs.parameter("s", 1.0)
    return rs.Problem(
        rs.Box(x=(0, 1)),
        rs.Eq(-rs.div(a * rs.grad(u)), s),
        [rs.dirichlet(u, 0, on="x_min"), rs.dirichlet(u, sp.Rational(1, 2), on="x_max")],
        given={a: ((PLACES,), values), "s": source},
    )


def conductivity(random: np.random.Generator, size: float = 0.5) -> np.ndarray:
    """A smooth positive function at the nodes."""
    shape = np.cos(np.pi * np.outer(np.arange(3), PLACES))
    return np.asarray(np.exp(size * random.normal(size=3) @ shape))


@functools.cache
def rods(count: int = 40, key: int = 17) -> Samples:
    """Solved rods, the answers at the nodes."""
    random = np.random.default_rng(key)
    inputs, outputs = [], []
    for _ in range(count):
        values, source = conductivity(random), random.uniform(0.5, 2)
        inputs.append(np.stack([values, np.full(NODES, source)], axis=1))
        outputs.append(exact_rod(values, source)[:, None])
    text = statement_text(rod(np.ones(NODES)), ("a", "s"))
    axes, names = (PLACES,), ("a", "s")
    return Samples(
        np.array(inputs),
        np.array(outputs),
        axes,
        ("zero",),
        names,
        ("u",),
        family=text,
        seconds=8.0,
    )


def exact_rod(values: np.ndarray, source: float, at: np.ndarray = PLACES) -> np.ndarray:
    """The answer for a conductivity that is linear between the nodes: ∫ (c - s x) / a."""
    knots, weights = np.polynomial.legendre.leggauss(8)
    h = PLACES[1] - PLACES[0]
    ends = np.unique(np.concatenate([PLACES, at]))
    low, width = ends[:-1, None], np.diff(ends)[:, None]
    places = low + width * (knots + 1) / 2
    a = np.interp(places, PLACES, values)
    parts = [
        np.concatenate([[0.0], np.cumsum((width * weights / 2 * f / a).sum(axis=1))])
        for f in (np.ones_like(places), places)
    ]
    assert h > 0
    constant = (0.5 + source * parts[1][-1]) / parts[0][-1]
    return np.asarray(np.interp(at, ends, constant * parts[0] - source * parts[1]))
