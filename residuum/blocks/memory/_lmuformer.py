"""LMUFormer: patches of time, Legendre memories and mixers of channels, as a stack."""

from __future__ import annotations

from residuum._core import Key, OptionError, jax_key
from residuum.blocks._activation import Gelu
from residuum.blocks._chain import Chain
from residuum.blocks._dense import dense
from residuum.blocks.memory._legendre_unit import legendre_unit
from residuum.blocks.memory._sequence import PerTime, SequenceBlock, Stack, causal_convolution
from residuum.blocks.memory._spiking import LeakyFire, spiking_legendre_unit


def lmuformer(
    inputs: int,
    outputs: int,
    key: Key,
    *,
    width: int = 16,
    depth: int = 1,
    order: int = 8,
    window: float = 50.0,
    spiking: bool = False,
) -> Stack:
    """Return a causal model: a convolution over the last four moments, then ``depth`` times a
    Legendre unit and a mixer width → 4 width → width, each added to its input, and a linear head.

    It runs on streams as it stands. The spiking form fires between all parts, with neurons of two
    steps; its head adds up spikes.

    Args:
        inputs, outputs: features.
        key: of the first weights.
        width: features within.
        depth: pairs of unit and mixer.
        order, window: of the memories.
        spiking: fire between the parts.

    Raises:
        OptionError: a number is below one.

    Source: Z. Liu, G. Datta, A. Li, P. A. Beerel, arXiv:2402.04882.
    """
    if min(inputs, outputs, width, depth) < 1:
        raise OptionError(
            "numbers of one or more", f"{inputs}, {outputs}, {width}, {depth}", "Correct them."
        )
    parts: list[SequenceBlock] = [causal_convolution(inputs, width, 4, jax_key(key, 0))]
    skips = [False]
    for level in range(depth):
        parts += _level(width, order, window, jax_key(key, 1, level), spiking)
        skips += [True, True]
    head = dense(width, outputs, jax_key(key, 2))
    return Stack((*parts, PerTime(head)), (*skips, False))


def _level(
    width: int, order: int, window: float, key: Key, spiking: bool
) -> tuple[SequenceBlock, SequenceBlock]:
    """Return a memory and a mixer."""
    up, down = dense(width, 4 * width, jax_key(key, 1)), dense(4 * width, width, jax_key(key, 2))
    if not spiking:
        unit = legendre_unit(
            width, width, jax_key(key, 0), channels=width, order=order, window=window
        )
        return unit, PerTime(Chain((up, Gelu(4 * width), down)))
    fires = spiking_legendre_unit(
        width, width, jax_key(key, 0), channels=width, order=order, window=window
    )
    mixer = Stack(
        (LeakyFire(width), PerTime(up), LeakyFire(4 * width), PerTime(down)), (False,) * 4
    )
    return fires, mixer
