"""What physical blocks share: parameters that drift, and readings within a range."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator, jax_key
from residuum.blocks._abstract import Block

Device = TypeVar("Device", bound="PhysicalBlock")


class PhysicalBlock(Block):
    """A physical system: numbers that drive it in, readings out.

    ``parts`` names what drifts: physical parameters, and blocks inside that have their own. Final
    subclasses give ``check``, which refuses parameters that the system cannot have.
    """

    parts: ClassVar[tuple[str, ...]] = ()
    sources: ClassVar[tuple[Source, ...]] = ()

    def check(self) -> None:
        """Raise where the parameters leave what the block can compute; nothing by default."""


def drifted(block: Device, key: Key, share: float = 0.1, *, together: bool = False) -> Device:
    """Return the same device later: its physical parameters have moved.

    Every entry is multiplied by 1 + share · ξ, with ξ uniform in [-1, 1].

    Args:
        block: the device as it was when something was trained on it.
        key: decides how it moves.
        share: largest relative move, from 0 to below 1.
        together: move all entries of a parameter by the whole share, up or down, as temperature
            does.

    Raises:
        OptionError: where the moved parameters leave what the block can compute.
    """
    if not 0 <= share < 1:
        raise OptionError("a share from 0 to below 1", str(share), "Try 0.1.")
    random = generator(key)
    moved: dict[str, Any] = {}
    for i, name in enumerate(block.parts):
        old = getattr(block, name)
        if isinstance(old, PhysicalBlock):
            moved[name] = drifted(old, jax_key(key, i), share, together=together)
            continue
        shape = np.shape(old)
        turn = random.choice([-1.0, 1.0]) if together else random.uniform(-1, 1, shape)
        new = np.asarray(np.asarray(old) * (1 + share * turn), np.asarray(old).dtype)
        moved[name] = jnp.asarray(new) if isinstance(old, Array) else new
    later = replace(block, **moved)
    later.check()
    return later


def floating(x: Array) -> Array:
    """Return whole numbers as floating ones: times and phases would be cut off otherwise."""
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(jnp.zeros(()).dtype)
