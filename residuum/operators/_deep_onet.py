"""Operators as sums of products: factors of the input function times functions of the place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator, jax_key
from residuum.blocks import Dense, Edge, dense
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture


class BranchTrunk(Operator):
    """What ``DeepONet`` and ``MultiONet`` build.

    The branch reads the inputs at fixed sensors, to which inputs on other grids are interpolated.
    The trunk is a function of the place (and the moment), so answers are known everywhere: ``at``.
    """

    branch: tuple[Dense, ...]
    trunk: tuple[Dense, ...]
    bias: Array
    frequencies: np.ndarray
    sensors: tuple[int, ...] = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)
    outputs: int = eqx.field(static=True)
    times: int = eqx.field(static=True)
    every_layer: bool = eqx.field(static=True)
    linear: bool = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        grid = inputs.shape[1:-1]
        axes = [
            np.arange(n) / (n if edge == "wrap" else n - 1)
            for n, edge in zip(grid, self.edges, strict=True)
        ]
        moments = [np.arange(1, self.times + 1) / self.times] if self.times else []
        places = np.stack(np.meshgrid(*moments, *axes, indexing="ij"), axis=-1)
        flat = self.at(inputs, jnp.asarray(places.reshape(-1, places.shape[-1]), inputs.dtype))
        return flat.reshape(len(inputs), *places.shape[:-1], self.outputs)

    def at(self, inputs: Array, points: Array) -> Array:
        """Return the answers (n, m, outputs) at points.

        Args:
            inputs: (n, *grid, inputs).
            points: (m, axes), each coordinate as a share of its axis from 0 to 1; with times, the
                share of the last time comes first.
        """
        factors, functions = self._factors(inputs), self._functions(points)
        found = sum(
            jnp.einsum(
                "nko,mko->nmo",
                b.reshape(len(b), -1, self.outputs),
                t.reshape(len(t), -1, self.outputs),
            )
            / math.sqrt(b.shape[1] / self.outputs)
            for b, t in zip(factors, functions, strict=True)
        )
        return found / len(factors) + self.bias

    def _factors(self, inputs: Array) -> list[Array]:
        x = at_sensors(inputs, self.sensors, self.edges).reshape(len(inputs), -1)
        return self._layers(x, self.branch, jnp.tanh if not self.linear else lambda y: y)

    def _functions(self, points: Array) -> list[Array]:
        first = 1 if self.times else 0
        parts = [points[:, :first]]
        for axis, edge in enumerate(self.edges, start=first):
            x = points[:, axis : axis + 1]
            turn = 2 * math.pi * x
            parts += [jnp.cos(turn), jnp.sin(turn)] if edge == "wrap" else [2 * x - 1]
        x = jnp.concatenate(parts, axis=1)
        if self.frequencies.size:
            angle = x @ jnp.asarray(self.frequencies, x.dtype)
            x = jnp.concatenate([x, jnp.cos(angle), jnp.sin(angle)], axis=1)
        return self._layers(x, self.trunk, jnp.sin)

    def _layers(
        self, x: Array, layers: tuple[Dense, ...], active: Callable[[Array], Array]
    ) -> list[Array]:
        found = []
        for i, layer in enumerate(layers):
            x = layer(x)
            if self.every_layer or i == len(layers) - 1:
                found.append(x)
            x = active(x)
        return found


@dataclass(frozen=True)
class BranchTrunkRecipe(OperatorArchitecture):
    """Options of a branch that reads the inputs and a trunk that reads the place.

    ``DeepONet`` says what they mean.
    """

    width: int = 64
    layers: int = 3
    sensors: int = 32
    features: int = 0
    scale: float = 3.0
    linear: bool = False

    every: ClassVar[bool]
    """Whether every layer of the branch meets one of the trunk, not the last pair alone."""

    def __post_init__(self) -> None:
        counts = (self.width, self.layers, self.sensors)
        if min(counts) < 1 or self.features < 0 or not self.scale > 0:
            got = f"{counts}, features {self.features}, scale {self.scale}"
            raise OptionError("positive counts and a positive scale", got, "Correct them.")

    def build(self, frame: GridFrame, key: Key) -> BranchTrunk:
        return _built(self, frame, key)


@final
@dataclass(frozen=True)
class DeepONet(BranchTrunkRecipe):
    """y(x) = sum of b_k(inputs) t_k(x): a branch reads the inputs, a trunk the place.

    Answers lie in the span of the trunk's functions, whose number bounds what can be told apart:
    good for smooth answers and few inputs, poor for fronts that move.

    Args:
        width: products per output; good start: 64.
        layers: dense layers of branch and trunk; good start: 3.
        sensors: most places per axis at which the branch reads the inputs; 16 for two axes.
        features: Fourier features of the place in front of the trunk, fixed; 0 for none. Waves need
            them: frequencies of the answer must lie within their reach.
        scale: deviation of their frequencies, in radians per half axis; good start: 2 to 6.
        linear: whether the branch has no activation, so that the operator is linear in the inputs
            (but for a constant): right for linear problems with inputs as sources or initial data.

    Raises:
        OptionError: a count below one.
    """

    name: ClassVar[str] = "deeponet"
    every: ClassVar[bool] = False
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "deeponet",
            "Learning nonlinear operators via DeepONet based on the universal approximation "
            "theorem of operators",
            "L. Lu, P. Jin, G. Pang, Z. Zhang, G. E. Karniadakis",
            2021,
            "doi:10.1038/s42256-021-00302-5",
            "verified",
        ),
        Source(
            "deeponet-room-acoustics",
            "Sound propagation in realistic interactive 3D scenes with parameterized sources using "
            "deep neural operators",
            "N. Borrel-Jensen, S. Goswami, A. P. Engsig-Karup, G. E. Karniadakis, C.-H. Jeong",
            2024,
            "arXiv:2308.05141",
            "runs",
        ),
    )


@final
@dataclass(frozen=True)
class MultiONet(BranchTrunkRecipe):
    """The mean over layers of branch times trunk: more products from the same layers.

    y(x) = 1/L sum over layers l and k of b_k^l(inputs) t_k^l(x): every layer of the branch meets
    the same layer of the trunk, not the last pair alone.

    Options are those of ``DeepONet``.
    """

    name: ClassVar[str] = "multionet"
    every: ClassVar[bool] = True
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "dgno-multionet",
            "DGNO: A Novel Physics-aware Neural Operator for Solving Forward and Inverse PDE "
            "Problems based on Deep, Generative Probabilistic Modeling",
            "Y. Zang, P.-S. Koutsourelakis",
            2025,
            "arXiv:2502.06250",
            "verified",
        ),
    )


def at_sensors(inputs: Array, sensors: tuple[int, ...], edges: tuple[Edge, ...]) -> Array:
    """Return values (n, *sensors, c) of values (n, *grid, c), linear between the nodes."""
    for axis, (count, edge) in enumerate(zip(sensors, edges, strict=True), start=1):
        nodes = inputs.shape[axis]
        if nodes == count:
            continue
        spans = (count, nodes) if edge == "wrap" else (count - 1, nodes - 1)
        place = np.arange(count) * spans[1] / spans[0]
        below = np.floor(place + 1e-9).astype(int)
        share = np.maximum(place - below, 0.0)
        above = (below + 1) % nodes if edge == "wrap" else np.minimum(below + 1, nodes - 1)
        shape = [1] * inputs.ndim
        shape[axis] = count
        weight = jnp.asarray(share.reshape(shape), inputs.dtype)
        low, high = (jnp.take(inputs, where, axis=axis) for where in (below, above))
        inputs = low + weight * (high - low)
    return inputs


def _built(recipe: BranchTrunkRecipe, frame: GridFrame, key: Key) -> BranchTrunk:
    sensors = tuple(min(recipe.sensors, side) for side in frame.shape)
    first, second = jax.random.split(jax_key(key, 3))
    starts = 1 if frame.times else 0
    places = starts + sum(2 if edge == "wrap" else 1 for edge in frame.edges)
    draw = generator(key, 4).standard_normal((places, recipe.features))
    last = recipe.width * frame.outputs
    return BranchTrunk(
        branch=_stack(math.prod(sensors) * frame.inputs, recipe, last, first),
        trunk=_stack(places + 2 * recipe.features, recipe, last, second),
        bias=jnp.zeros(frame.outputs),
        frequencies=(recipe.scale * draw).astype(np.float32),
        sensors=sensors,
        edges=frame.edges,
        outputs=frame.outputs,
        times=frame.times,
        every_layer=recipe.every,
        linear=recipe.linear,
    )


def _stack(inputs: int, recipe: BranchTrunkRecipe, last: int, key: Array) -> tuple[Dense, ...]:
    sizes = [inputs, *[last] * recipe.layers]
    keys = jax.random.split(key, recipe.layers)
    return tuple(
        dense(a, b, k, spread=0.5) for a, b, k in zip(sizes[:-1], sizes[1:], keys, strict=True)
    )
