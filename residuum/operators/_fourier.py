"""The Fourier operator: global convolutions by their lowest modes, and maps at every node."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import (
    Edge,
    Full,
    Gate,
    Gelu,
    Pointwise,
    SpectralWeights,
    Stage,
    Step,
    WeightForm,
    pointwise,
    run,
    spectral,
    weight_shape,
)
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._coordinates import coordinate_channels, coordinate_count, moments_first

Walls = Literal["matched", "padded"]
DENSE = Full()


class FourierBlock(eqx.Module):
    """y = g(K x + S x), then g(M y + gate x): a convolution, and a network at every node."""

    skip: Pointwise
    inner: tuple[Pointwise, Pointwise]
    gate: Gate | Pointwise
    last: bool = eqx.field(static=True)
    normalised: bool = eqx.field(static=True)

    def __call__(self, x: Array, convolved: Array) -> Array:
        """Return features (n, *grid, width) of x and of the convolution of x."""
        active = Gelu(x.shape[-1])
        y = convolved + self.skip(x)
        if self.normalised:
            y = _standardised(y)
        if not self.last:
            y = active(y)
        y = self.inner[1](active(self.inner[0](y))) + self.gate(x)
        return y if self.last else active(y)


class FourierOperator(Operator):
    """What ``FNO`` builds: lift, Fourier blocks, projection."""

    in_pieces: ClassVar[bool] = True

    lift: tuple[Pointwise, Pointwise]
    blocks: tuple[FourierBlock, ...]
    weights: tuple[SpectralWeights, ...]
    project: tuple[Pointwise, Pointwise]
    modes: tuple[int, ...]
    edges: tuple[Edge, ...]
    spectral_edges: tuple[Edge, ...]
    coordinates: bool
    padding: float
    times: int

    def __call__(self, inputs: Array) -> Array:
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return lift, blocks, and the two layers of the projection apart."""
        wide = (self.edges, self.spectral_edges, self.padding)
        active = Gelu(self.project[0].signature.outputs)
        return (
            Step(self.lift, _lifted, (*wide, self.coordinates)),
            *self._blocks(),
            Step(self.project[0], _narrowed, wide, affine=True),
            active,
            Step(self.project[1], _answered, (self.times,), affine=True),
        )

    def _blocks(self) -> tuple[Stage, ...]:
        joint = len(self.weights) == 1
        return tuple(
            Step(
                (block, self.weights[0 if joint else i]),
                _blocked,
                (self.modes, self.spectral_edges, i if joint else 0),
            )
            for i, block in enumerate(self.blocks)
        )


def _lifted(
    lift: tuple[Pointwise, Pointwise], x: Array, edges: tuple[Edge, ...], *options: Any
) -> Array:
    inner, padding, coordinates = options
    if coordinates:
        places = jnp.asarray(coordinate_channels(x.shape[1:-1], edges), x.dtype)
        x = jnp.concatenate([x, jnp.broadcast_to(places, (*x.shape[:-1], places.shape[-1]))], -1)
    x = lift[1](Gelu(x.shape[-1])(lift[0](x)))
    widths = [
        (0, _beyond(n, edge, other, padding))
        for n, edge, other in zip(x.shape[1:-1], edges, inner, strict=True)
    ]
    return jnp.pad(x, [(0, 0), *widths, (0, 0)])


def _beyond(nodes: int, edge: Edge, inner: Edge, padding: float) -> int:
    """Return how many zeros follow an axis beyond its wall: the same length on every grid."""
    return 0 if edge == inner else max(0, round(padding * (nodes - 1)) - 1)


def _blocked(parts: Any, x: Array, modes: Any, edges: Any, layer: int) -> Array:
    block, weights = parts
    return block(x, spectral(x, weights, modes, edges=edges, layer=layer))


def _narrowed(first: Pointwise, x: Array, edges: Any, inner: Any, padding: float) -> Array:
    # The length with its zeros grows with the length without, which it tells.
    sides = [
        next(n for n in range(1, m + 1) if n + _beyond(n, edge, other, padding) == m)
        for m, edge, other in zip(x.shape[1:-1], edges, inner, strict=True)
    ]
    return first(x[(slice(None), *(slice(0, side) for side in sides))])


def _answered(last: Pointwise, x: Array, times: int) -> Array:
    return moments_first(last(x), times)


@final
@dataclass(frozen=True)
class FNO(OperatorArchitecture):
    """Fourier neural operator, with dense or factorised weights.

    Channels are lifted to ``width`` features. Each block adds a spectral convolution K and a map S
    at every node, y = g(K x + S x), and then x = g(M y + s x) with a small network M and trained
    factors s. A network at every node projects the features to the outputs. Evolving answers are
    given at all times at once.

    A published Fourier operator takes every axis as periodic, after adding zeros. Here the
    transform fits the edge of each axis (``walls="matched"``): Fourier modes, cosines between
    insulated walls, sines between held ones. ``"padded"`` is the published way.

    Factorised weights (``Tucker``, ``Canonical``, ``TensorTrain``) are contracted factor by factor;
    with ``joint`` one tensor holds the weights of all layers. Their variance at the start is that
    of dense weights.

    It breaks where answers have jumps that the maps at nodes cannot make, and where the inputs are
    finer than the modes reach.

    Args:
        modes: frequencies per axis, or one number for all. Good start: 12, at most half the nodes.
        width: features; good start: 32.
        layers: blocks; good start: 4.
        weights: form of the spectral weights; ``Tucker(0.1)`` keeps a tenth of the numbers.
        joint: whether one tensor holds the weights of all layers.
        skip: ``"gated"`` (a factor per feature) or ``"linear"`` around the network of a block.
        walls: ``"matched"`` or ``"padded"``.
        extras: ``FourierExtras``: normalisation, coordinates as inputs, length of the padding.

    Raises:
        OptionError: an option is out of range.
    """

    modes: int | tuple[int, ...] = 12
    width: int = 32
    layers: int = 4
    weights: WeightForm = DENSE
    joint: bool = False
    skip: Literal["gated", "linear"] = "gated"
    walls: Walls = "matched"
    extras: FourierExtras = field(default_factory=lambda: FourierExtras())

    name: ClassVar[str] = "fno"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "fno",
            "Fourier Neural Operator for Parametric Partial Differential Equations",
            "Z. Li, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, "
            "A. Anandkumar",
            2020,
            "arXiv:2010.08895",
            "verified",
        ),
        Source(
            "multigrid-tensorized-fno",
            "Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs",
            "J. Kossaifi, N. Kovachki, K. Azizzadenesheli, A. Anandkumar",
            2023,
            "arXiv:2310.00120",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        modes = self.modes if isinstance(self.modes, tuple) else (self.modes,)
        counts = (*modes, self.width, self.layers)
        if not modes or any(not isinstance(n, int) or n < 1 for n in counts):
            raise OptionError(
                "modes, width and layers of one or more", str(counts), "Correct them."
            )
        if self.skip not in ("gated", "linear") or self.walls not in ("matched", "padded"):
            got = f"skip {self.skip!r}, walls {self.walls!r}"
            raise OptionError('"gated" or "linear", "matched" or "padded"', got, "Correct them.")

    def build(self, frame: GridFrame, key: Key) -> FourierOperator:
        modes = modes_for(self.modes, frame)
        around: tuple[Edge, ...] = tuple("wrap" for _ in modes)
        edges = around if self.walls == "padded" else frame.edges
        more = coordinate_count(frame.edges) if self.extras.coordinates else 0
        keys = iter(jax.random.split(jax_key(key, 1), 4 + 5 * self.layers))
        wide, outputs = 2 * self.width, frame.outputs * max(1, frame.times)
        return FourierOperator(
            lift=(
                pointwise(frame.inputs + more, wide, next(keys)),
                pointwise(wide, self.width, next(keys)),
            ),
            project=(
                pointwise(self.width, wide, next(keys)),
                pointwise(wide, outputs, next(keys)),
            ),
            blocks=tuple(self._block(i, next(keys)) for i in range(self.layers)),
            weights=self._weights(modes, edges, next(keys)),
            modes=modes,
            edges=frame.edges,
            spectral_edges=edges,
            coordinates=self.extras.coordinates,
            padding=self.extras.padding,
            times=frame.times,
        )

    def _weights(
        self, modes: tuple[int, ...], edges: tuple[Edge, ...], key: Array
    ) -> tuple[SpectralWeights, ...]:
        count, each = (1, self.layers) if self.joint else (self.layers, 1)
        shape = weight_shape(self.width, self.width, modes=modes, edges=edges, layers=each)
        return tuple(self.weights.build(shape, k) for k in jax.random.split(key, count))

    def _block(self, i: int, key: Array) -> FourierBlock:
        width, small = self.width, max(1, self.width // 2)
        first, second, third, fourth = jax.random.split(key, 4)
        gate: Gate | Pointwise = Gate(jnp.ones(width))
        if self.skip == "linear":
            gate = pointwise(width, width, fourth)
        return FourierBlock(
            pointwise(width, width, first),
            (pointwise(width, small, second), pointwise(small, width, third)),
            gate,
            last=i == self.layers - 1,
            normalised=self.extras.normalised,
        )


@final
@dataclass(frozen=True)
class FourierExtras:
    """Rarer options of ``FNO``.

    Args:
        normalised: whether the features of each sample are standardised before the network of a
            block, each over the grid.
        coordinates: whether coordinates are extra inputs.
        padding: added length in lengths of an axis, for ``walls="padded"``.
    """

    normalised: bool = False
    coordinates: bool = True
    padding: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.padding < math.inf:
            raise OptionError("a padding of zero or more", str(self.padding), "0.25 is usual.")


def modes_for(modes: int | tuple[int, ...], frame: GridFrame) -> tuple[int, ...]:
    """Return the modes of each axis of a frame.

    Raises:
        OptionError: modes are given for another number of axes.
    """
    found = modes if isinstance(modes, tuple) else (modes,) * len(frame.shape)
    if len(found) != len(frame.shape):
        got = f"{len(found)} for {len(frame.shape)} axes"
        raise OptionError("modes for every axis", got, "Give one number for all.")
    return found


def _standardised(x: Array) -> Array:
    axes = tuple(range(1, x.ndim - 1))
    centred = x - x.mean(axes, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(axes, keepdims=True) + 1e-5)
