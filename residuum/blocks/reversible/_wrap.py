"""Trained layers made reversible, with small adapters, near the function that they compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._abstract import is_trained
from residuum.blocks._pointwise import Pointwise, pointwise
from residuum.blocks.reversible._coupling import Coupling, Factor
from residuum.blocks.reversible._invertible import Composed
from residuum.blocks.reversible._permutation import Rotation
from residuum.blocks.reversible._stack import ReversibleStack, reversible_stack
from residuum.blocks.reversible._state import distance


class Adapter(eqx.Module):
    """G(x) = up(gelu(down x)) at every node, zero before training.

    Args:
        down: channels to a few.
        up: back, zero at the start.
    """

    down: Pointwise
    up: Pointwise

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "meft-reversible-finetuning",
            "Make Pre-trained Model Reversible: From Parameter to Memory Efficient Fine-Tuning",
            "B. Liao, S. Tan, C. Monz",
            2023,
            "arXiv:2306.00477",
            "verified",
        ),
    )

    def __call__(self, x: Array) -> Array:
        return self.up(jax.nn.gelu(self.down(x)))


class Kept(eqx.Module):
    """layer(x) - scale · x: a trained layer, less what the scaled stream brings along.

    Args:
        layer: equal channels in and out, its arrays constant.
        scale: factor of the stream that it is added to, 0 for the published form.
    """

    layer: Callable[[Array], Array]
    scale: float = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        return self.layer(x) - self.scale * x


class Wrapped(NamedTuple):
    """A reversible stack of trained layers.

    Args:
        stack: on states (x_1, x_2).
        departure: how far its start is from the trained layers on the probe, relatively.
    """

    stack: ReversibleStack
    departure: float

    def __call__(self, x: Array) -> Array:
        """Return what the layers make of (n, …, channels)."""
        found: Array = self.stack((x, x))[1]
        return found


def reversible_wrap(
    layers: Sequence[Callable[[Array], Array]],
    probe: Array,
    key: Array,
    *,
    scale: float = 0.1,
    narrow: int = 8,
    start_preserving: bool = True,
    carry_dtype: Literal["float64"] | None = "float64",
    tolerance: float | None = None,
) -> Wrapped:
    """Return trained layers of equal width as a reversible stack with adapters to train.

    y_1 = λ x_1 + L(x_2), y_2 = x_2 + G(y_1), and the streams change places: x_1 holds the features
    of one layer before. The layers L are constants, the adapters G are trained and zero at the
    start. With ``start_preserving`` L(x_2) - λ x_2 stands for L(x_2), so that only λ times the
    change of a layer is added to the features; the published form adds λ times the features.

    Undoing divides rounding by λ with every layer: in float32 four layers with λ = 0.1, more with
    the float64 carry. Where λ is too small for both, checkpoints are put in.

    Args:
        layers: functions (n, …, c) to the same shape; their JAX arrays become constants.
        probe: typical features of the first layer.
        key: of the adapters.
        scale: λ; smaller is nearer the trained function and harder to undo. Good start: 0.1.
        narrow: channels inside an adapter.
        start_preserving: see above.
        carry_dtype, tolerance: as of ``reversible_stack``.

    Raises:
        OptionError: no layers, one that changes the shape, or a scale out of range.

    Source: B. Liao et al., arXiv:2306.00477.
    """
    if not layers or not 1e-3 <= scale <= 1:
        got = f"{len(layers)} layers, {scale:g}"
        raise OptionError("layers, and a scale from 1e-3 to 1", got, "Take 0.1.")
    true = probe
    for layer in layers:
        before, true = true.shape, layer(true)
        if true.shape != before:
            raise OptionError(
                "layers that keep the shape", f"{before} to {true.shape}", "Leave out."
            )
    keys = jax.random.split(key, len(layers))
    steps = [
        _step(layer, probe.shape[-1], item, (scale, narrow, start_preserving))
        for layer, item in zip(layers, keys, strict=True)
    ]
    stack = reversible_stack(steps, (probe, probe), carry_dtype=carry_dtype, tolerance=tolerance)
    return Wrapped(stack, float(distance(stack((probe, probe))[1], true)))


def _step(
    layer: Callable[[Array], Array], channels: int, key: Array, ways: tuple[float, int, bool]
) -> Composed:
    scale, narrow, preserving = ways
    frozen = jax.tree.map(lambda leaf: np.asarray(leaf) if is_trained(leaf) else leaf, layer)
    first, second = jax.random.split(key)
    up = pointwise(narrow, channels, second)
    adapter = Adapter(pointwise(channels, narrow, first), Pointwise(0 * up.weight, up.bias))
    factor: Any = Factor(np.full((), scale, np.float32))
    shifts = (Kept(frozen, scale if preserving else 0.0), adapter)
    return Composed((Coupling(shifts, (factor, None)), Rotation()))
