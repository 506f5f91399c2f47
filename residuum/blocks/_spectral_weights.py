"""Weights of spectral convolutions: dense, or factorised and contracted factor by factor.

A weight tensor has an index for layers, modes of each axis, features in, parts (real and imaginary,
or one) and features out. Several layers may share one tensor.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError


@dataclass(frozen=True)
class WeightShape:
    """Shape of a weight tensor.

    Args:
        layers: that share the tensor.
        modes: per axis.
        inputs: features in.
        outputs: features out.
        parts: two for complex modes, one for real ones.
    """

    layers: int
    modes: tuple[int, ...]
    inputs: int
    outputs: int
    parts: int

    @property
    def count(self) -> int:
        """Numbers in the dense tensor."""
        return self.layers * math.prod(self.modes) * self.inputs * self.parts * self.outputs

    @property
    def variance(self) -> float:
        """Variance of each number at the start: modes then keep their size."""
        return 1.0 / (self.inputs * self.parts)


class SpectralWeights(eqx.Module):
    """Trained weights of spectral convolutions.

    ``keep`` picks the modes of each axis that the grid at hand carries.
    """

    @abstractmethod
    def mix(self, z: Array, layer: int, keep: tuple[np.ndarray, ...]) -> Array:
        """Map modes (n, *modes, parts, inputs) to (n, *modes, parts, outputs)."""

    @abstractmethod
    def dense(self) -> Array:
        """Return the tensor (layers, *modes, inputs, parts, outputs); for tests and pictures."""

    @property
    def count(self) -> int:
        """Numbers trained."""
        return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(self, eqx.is_array)))


class WeightForm(ABC):
    """How weights are stored. Final subclasses are frozen dataclasses of their options."""

    @abstractmethod
    def build(self, shape: WeightShape, key: Array) -> SpectralWeights:
        """Return weights before training, of the variance of dense ones."""


@final
@dataclass(frozen=True)
class Full(WeightForm):
    """Every number of its own."""

    def build(self, shape: WeightShape, key: Array) -> SpectralWeights:
        whole = (shape.layers, *shape.modes, shape.inputs, shape.parts, shape.outputs)
        return FullWeights(math.sqrt(shape.variance) * jax.random.normal(key, whole))


@final
@dataclass(frozen=True)
class Tucker(WeightForm):
    """A small core with a matrix on every index but that of parts.

    Args:
        rank: share of the dense numbers that is kept, 0 to 1; 0.1 is a good start. It counts
            numbers; it is no bound of an error.

    Weight decay on the factors is not weight decay on the tensor.
    """

    rank: float = 0.1

    def __post_init__(self) -> None:
        _share(self)

    def build(self, shape: WeightShape, key: Array) -> SpectralWeights:
        sides = (shape.layers, *shape.modes, shape.inputs, shape.outputs)

        def ranks(share: float) -> tuple[int, ...]:
            return tuple(max(1, round(share * side)) for side in sides)

        def count(share: float) -> int:
            found = ranks(share)
            core = shape.parts * math.prod(found)
            return core + sum(a * b for a, b in zip(found, sides, strict=True))

        found = ranks(_largest(count, self.rank * shape.count))
        first, *others = jax.random.split(key, 1 + len(sides))
        core = (*found[:-1], shape.parts, found[-1])
        return TuckerWeights(
            math.sqrt(shape.variance) * jax.random.normal(first, core),
            tuple(
                jax.random.normal(k, (side, rank)) / math.sqrt(rank)
                for k, side, rank in zip(others, sides, found, strict=True)
            ),
        )


@final
@dataclass(frozen=True)
class Canonical(WeightForm):
    """A sum of products of vectors, one on every index (CP).

    Args:
        rank: share of the dense numbers that is kept, 0 to 1; 0.05 is a good start.
    """

    rank: float = 0.05

    def __post_init__(self) -> None:
        _share(self)

    def build(self, shape: WeightShape, key: Array) -> SpectralWeights:
        sides = (shape.layers, *shape.modes, shape.inputs, shape.parts, shape.outputs)
        terms = max(1, round(self.rank * shape.count / sum(sides)))
        size = (shape.variance / terms) ** (0.5 / len(sides))
        keys = jax.random.split(key, len(sides))
        return CanonicalWeights(
            tuple(
                size * jax.random.normal(k, (side, terms))
                for k, side in zip(keys, sides, strict=True)
            )
        )


@final
@dataclass(frozen=True)
class TensorTrain(WeightForm):
    """A chain of small tensors: features in, each axis, parts, layers, features out.

    Args:
        rank: share of the dense numbers that is kept, 0 to 1; 0.1 is a good start.
    """

    rank: float = 0.1

    def __post_init__(self) -> None:
        _share(self)

    def build(self, shape: WeightShape, key: Array) -> SpectralWeights:
        sides = (shape.inputs, *shape.modes, shape.parts, shape.layers, shape.outputs)
        most = [
            min(math.prod(sides[: i + 1]), math.prod(sides[i + 1 :])) for i in range(len(sides) - 1)
        ]

        def links(share: float) -> list[int]:
            return [1, *(max(1, min(top, round(share * max(most)))) for top in most), 1]

        def count(share: float) -> int:
            found = links(share)
            return sum(found[i] * side * found[i + 1] for i, side in enumerate(sides))

        found = links(_largest(count, self.rank * shape.count))
        cores = []
        for i, (side, k) in enumerate(zip(sides, jax.random.split(key, len(sides)), strict=True)):
            last = i == len(sides) - 1
            size = math.sqrt(shape.variance if last else 1.0 / found[i + 1])
            cores.append(size * jax.random.normal(k, (found[i], side, found[i + 1])))
        return TrainWeights(tuple(cores))


def _share(form: Tucker | Canonical | TensorTrain) -> None:
    if not 0 < form.rank <= 1:
        name = type(form).__name__
        raise OptionError("a rank above 0, at most 1", str(form.rank), f"Try {name}(0.1).")


def _largest(count: Callable[[float], int], target: float) -> float:
    """Return the largest share whose count is at most the target."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if count(middle) <= target else (low, middle)
    return low


@final
class FullWeights(SpectralWeights):
    """Every number of its own: (layers, *modes, inputs, parts, outputs)."""

    tensor: Array

    def mix(self, z: Array, layer: int, keep: tuple[np.ndarray, ...]) -> Array:
        return _mixed(z, _picked(self.tensor[layer], keep))

    def dense(self) -> Array:
        return self.tensor


@final
class TuckerWeights(SpectralWeights):
    """A core (*ranks of layers, modes and inputs, parts, rank of outputs) and a matrix each."""

    core: Array
    factors: tuple[Array, ...]

    def mix(self, z: Array, layer: int, keep: tuple[np.ndarray, ...]) -> Array:
        layers, *modes, inputs, outputs = self.factors
        core = jnp.tensordot(layers[layer], self.core, 1)
        for which, factor in zip(keep, modes, strict=True):
            # The contracted axis goes to the end; after all modes, those stand behind the rest.
            core = jnp.tensordot(core, factor[which], ((0,), (1,)))
        core = jnp.moveaxis(core, (0, 1, 2), (-3, -2, -1))
        return _mixed(z @ inputs, core) @ outputs.T

    def dense(self) -> Array:
        found = self.core
        layers, *modes, inputs, outputs = self.factors
        for i, factor in enumerate([layers, *modes, inputs]):
            found = jnp.moveaxis(jnp.tensordot(factor, found, ((1,), (i,))), 0, i)
        return found @ outputs.T


@final
class CanonicalWeights(SpectralWeights):
    """A matrix (side, terms) for layers, each axis, inputs, parts and outputs."""

    factors: tuple[Array, ...]

    def mix(self, z: Array, layer: int, keep: tuple[np.ndarray, ...]) -> Array:
        layers, *modes, inputs, parts, outputs = self.factors
        weight = layers[layer] * parts
        z = z @ inputs
        for axis, (which, factor) in enumerate(zip(keep, modes, strict=True)):
            sides = [1] * (len(modes) - axis - 1)
            z = z * factor[which].reshape(len(which), *sides, 1, -1)
        if len(parts) == 1:
            return (z * weight) @ outputs.T
        real, imaginary = z[..., 0, :], z[..., 1, :]
        turned = jnp.stack(
            [
                real * weight[0] - imaginary * weight[1],
                real * weight[1] + imaginary * weight[0],
            ],
            axis=-2,
        )
        return turned @ outputs.T

    def dense(self) -> Array:
        names = "abcdefg"[: len(self.factors)]
        terms = ",".join(f"{name}z" for name in names)
        return jnp.einsum(f"{terms}->{names}", *self.factors)


@final
class TrainWeights(SpectralWeights):
    """Cores (link, side, link) of inputs, each axis, parts, layers and outputs."""

    cores: tuple[Array, ...]

    def mix(self, z: Array, layer: int, keep: tuple[np.ndarray, ...]) -> Array:
        inputs, *modes, parts, layers, outputs = self.cores
        z = z @ inputs[0]
        for axis, (which, core) in enumerate(zip(keep, modes, strict=True), start=1):
            names = "nabcpr"[: len(keep) + 1] + "p"
            at = names[axis]
            z = jnp.einsum(f"{names}r,r{at}s->{names}s", z, core[:, which])
        turn = jnp.einsum("rps,st->rpt", parts, layers[:, layer])
        return _mixed(z, turn) @ outputs[..., 0]

    def dense(self) -> Array:
        found = self.cores[0]
        for core in self.cores[1:]:
            found = jnp.tensordot(found, core, 1)
        found = found[0, ..., 0]  # inputs, *modes, parts, layers, outputs
        axes = found.ndim - 4
        return jnp.moveaxis(found, (-2, *range(1, 1 + axes)), range(1 + axes))


def _picked(tensor: Array, keep: tuple[np.ndarray, ...]) -> Array:
    for axis, which in enumerate(keep):
        if len(which) < tensor.shape[axis]:
            tensor = jnp.take(tensor, which, axis=axis)
    return tensor


def _mixed(z: Array, weight: Array) -> Array:
    """Multiply modes (n, *modes, parts, a) by (*modes, a, parts, b) or by (a, parts, b)."""
    n, (parts, inputs) = z.shape[0], z.shape[-2:]
    outputs, modes = weight.shape[-1], z.shape[1:-2]
    many = math.prod(modes)
    rows = jnp.moveaxis(z.reshape(n, many, parts, inputs), 0, 1)
    rows = rows.reshape(many, n * parts, inputs)
    # Rows of both parts meet columns of both parts: all four products in one.
    columns = weight.reshape(-1, inputs, parts * outputs)
    found = rows @ (columns[0] if len(columns) == 1 else columns)
    if parts == 1:
        made = found.reshape(many, n, 1, outputs)
    else:
        both = found.reshape(many, n, 2, 2, outputs)
        real = both[:, :, 0, 0] - both[:, :, 1, 1]
        made = jnp.stack([real, both[:, :, 0, 1] + both[:, :, 1, 0]], axis=2)
    return jnp.moveaxis(made, 1, 0).reshape(n, *modes, parts, outputs)
