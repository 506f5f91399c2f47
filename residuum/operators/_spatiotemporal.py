"""The Fourier operator in space and time, with a last layer that is linear in its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
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
from residuum.operators._coordinates import coordinate_channels, coordinate_count
from residuum.operators._fourier import DENSE, FourierBlock, modes_for
from residuum.operators._rollout import state_channels


class SpaceTimeOperator(Operator):
    """What ``SpatiotemporalFNO`` builds: (n, *grid, inputs) to (n, times, *grid, outputs)."""

    lift: Pointwise
    blocks: tuple[FourierBlock, ...]
    weights: tuple[SpectralWeights, ...]
    head: SpectralWeights
    bias: Array
    modes: tuple[int, ...] = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)
    lengths: tuple[float, ...] = eqx.field(static=True)
    state: tuple[int, ...] = eqx.field(static=True)
    latent: int = eqx.field(static=True)
    times: int = eqx.field(static=True)
    solenoidal: bool = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        return self.answer((self.features(inputs), inputs))

    def stages(self) -> tuple[Stage, ...]:
        """Return lift, blocks and last layer; the state is (features, inputs)."""
        blocks = zip(self.blocks, self.weights, strict=True)
        return (
            Step(self.lift, _lifted, (self.edges, self.latent)),
            *(Step(parts, _blocked, (self.modes, self.edges)) for parts in blocks),
            Step(eqx.tree_at(lambda s: (s.lift, s.blocks, s.weights), self, (None, (), ())), _last),
        )

    def answer(self, state: tuple[Array, Array]) -> Array:
        """Return the answers to (features, inputs)."""
        found, inputs = state
        grid = inputs.shape[1:-1]
        # Latent moments and the output moments 1 .. times span the same time: nodes of both ends,
        # of which the first output node is the state given.
        made = spectral(
            found,
            self.head,
            self.modes,
            edges=self.edges,
            onto=(self.times + 1, *grid),
        )
        moments = jnp.arange(1, self.times + 1) / self.times
        moments = moments.reshape(-1, *(1,) * len(grid), 1)
        held = inputs[..., jnp.asarray(self.state)][:, None]
        answer = held + moments * (made[:, 1:] + self.bias)
        return divergence_free(answer, self.lengths) if self.solenoidal else answer

    def features(self, inputs: Array) -> Array:
        """Return what the last layer reads: (n, latent, *grid, width)."""
        found: Array = run(self.stages()[:-1], inputs)[0]
        return found


def _lifted(
    lift: Pointwise, inputs: Array, edges: tuple[Edge, ...], latent: int
) -> tuple[Array, Array]:
    n, grid = len(inputs), inputs.shape[1:-1]
    places = coordinate_channels((latent, *grid), edges)
    shape = (n, latent, *grid)
    x = jnp.concatenate(
        [
            jnp.broadcast_to(inputs[:, None], (*shape, inputs.shape[-1])),
            jnp.broadcast_to(jnp.asarray(places, inputs.dtype), (*shape, places.shape[-1])),
        ],
        axis=-1,
    )
    return Gelu(lift.signature.outputs)(lift(x)), inputs


def _blocked(
    parts: tuple[FourierBlock, SpectralWeights], state: tuple[Array, Array], *options: Any
) -> tuple[Array, Array]:
    (block, weights), (x, inputs), (modes, edges) = parts, state, options
    return block(x, spectral(x, weights, modes, edges=edges)), inputs


def _last(operator: SpaceTimeOperator, state: tuple[Array, Array]) -> Array:
    return operator.answer(state)


@final
@dataclass(frozen=True)
class SpatiotemporalFNO(OperatorArchitecture):
    """Fourier operator on a grid of time and space, for evolving problems; all times at once.

    Inputs are spread over ``latent`` moments with coordinates of time and space. Spectral
    convolutions act in space and time, cosines along time, which is not periodic. The last layer is
    a spectral convolution from latent moments to the times asked for, added to the state given:

        w(t) = w(0) + t (K v(t) + b).

    It is linear in its weights, so that it alone can be trained anew on the residual of one
    instance; ``residuum.certify.SpectralRefiner`` corrects any answer that way, without it.

    Where the outputs are a velocity on periodic axes, ``solenoidal`` takes the gradient part off:
    u - grad lap^-1 div u, mode by mode.

    Args:
        modes: frequencies per axis of space, or one number for all; good start: 12.
        time_modes: cosines along time; good start: 5.
        latent: moments inside; good start: 10, at least one more than ``time_modes``.
        width: features; good start: 20.
        layers: blocks; good start: 3.
        weights: form of the spectral weights.
        state: channels of the inputs that hold the state, one per output; by default the last.
        solenoidal: whether the answers are made free of divergence.

    Raises:
        OptionError: fewer than two times; more modes than moments; three axes of space; or
            ``solenoidal`` without as many outputs as axes, all periodic.
    """

    modes: int | tuple[int, ...] = 12
    time_modes: int = 5
    latent: int = 10
    width: int = 20
    layers: int = 3
    weights: WeightForm = DENSE
    state: tuple[int, ...] | None = None
    solenoidal: bool = False

    name: ClassVar[str] = "spatiotemporal_fno"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "spectral-refiner",
            "Spectral-Refiner: Accurate Fine-Tuning of Spatiotemporal Fourier Neural Operator for "
            "Turbulent Flows",
            "S. Cao, F. Brarda, R. Li, Y. Xi",
            2024,
            "arXiv:2405.17211",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        counts = (self.time_modes, self.width, self.layers, self.latent - self.time_modes)
        if min(counts) < 1:
            got = f"{counts[:3]}, {self.latent} moments"
            raise OptionError("positive counts, more moments than modes", got, "Correct them.")

    def build(self, frame: GridFrame, key: Key) -> SpaceTimeOperator:
        self._check(frame)
        modes = (self.time_modes, *modes_for(self.modes, frame))
        edges: tuple[Edge, ...] = ("copy", *frame.edges)
        keys = iter(jax.random.split(jax_key(key, 2), 3 + 2 * self.layers))
        inside = weight_shape(self.width, self.width, modes=modes, edges=edges)
        last = weight_shape(self.width, frame.outputs, modes=modes, edges=edges)
        return SpaceTimeOperator(
            lift=pointwise(frame.inputs + coordinate_count(edges), self.width, next(keys)),
            blocks=tuple(self._block(next(keys)) for _ in range(self.layers)),
            weights=tuple(self.weights.build(inside, next(keys)) for _ in range(self.layers)),
            head=Full().build(last, next(keys)),
            bias=jnp.zeros(frame.outputs),
            modes=modes,
            edges=edges,
            lengths=frame.lengths,
            state=state_channels(self.state, frame),
            latent=self.latent,
            times=frame.times,
            solenoidal=self.solenoidal,
        )

    def _block(self, key: Array) -> FourierBlock:
        first, second, third = jax.random.split(key, 3)
        width, small = self.width, max(1, self.width // 2)
        inner = (pointwise(width, small, second), pointwise(small, width, third))
        skip, gate = pointwise(width, width, first), Gate(jnp.ones(width))
        return FourierBlock(skip, inner, gate, last=False, normalised=False)

    def _check(self, frame: GridFrame) -> None:
        if frame.times < 2 or len(frame.shape) > 2:
            got = f"{frame.times} times, {len(frame.shape)} axes"
            raise OptionError(
                "two times or more, and one or two axes of space", got, "Use Rollout(FNO())."
            )
        periodic = all(edge == "wrap" for edge in frame.edges)
        if self.solenoidal and not (periodic and frame.outputs == len(frame.shape)):
            got = f"{frame.outputs} outputs, edges {frame.edges}"
            raise OptionError("a velocity on periodic axes", got, "Leave solenoidal out.")


def divergence_free(velocity: Array, lengths: tuple[float, ...]) -> Array:
    """Return the part of velocities (..., *grid, axes) without divergence, all axes periodic.

    Args:
        velocity: one component per axis of the grid.
        lengths: of the axes.
    """
    axes = len(lengths)
    where = tuple(range(velocity.ndim - 1 - axes, velocity.ndim - 1))
    grid = tuple(velocity.shape[i] for i in where)
    waves = [np.fft.fftfreq(n, 1 / n) / length for n, length in zip(grid, lengths, strict=True)]
    for n, wave in zip(grid, waves, strict=True):
        if n % 2 == 0:
            # The highest mode of an even grid has no slope that the grid could tell.
            wave[n // 2] = 0.0
    k = np.stack(np.meshgrid(*waves, indexing="ij"), axis=-1)
    size = (k**2).sum(-1, keepdims=True)
    unit = jnp.asarray(k / np.sqrt(np.where(size > 0, size, 1.0)), velocity.dtype)
    found = jnp.fft.fftn(velocity, axes=where)
    along = (found * unit).sum(-1, keepdims=True)
    return jnp.fft.ifftn(found - along * unit, axes=where).real
