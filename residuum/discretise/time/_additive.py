"""What every scheme for v' = L v + N(v, t) has: L is a number, or a small matrix, at every mode."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Source

Rate = Callable[[Array, Array], Array]
"""State and time to N(v, t)."""


class Additive(ABC):
    """A one-step scheme that treats L exactly or implicitly and N explicitly.

    Class attributes:
        name: what a record calls it.
        order: order of convergence.
        source: the paper behind it.
    """

    name: ClassVar[str]
    order: ClassVar[int]
    source: ClassVar[Source]

    @abstractmethod
    def numbers(self, symbol: Any, step: Any, *, block: bool = False, xp: Any = np) -> Any:
        """Return the coefficients for one step length, a tuple of arrays.

        Args:
            symbol: L, (entries, …).
            step: step length.
            block: whether L is a matrix at every mode, (entries, entries, …).
            xp: NumPy, or its likeness in JAX where the symbol is traced.
        """

    @abstractmethod
    def once(self, state: Array, time: Array, step: Array, *, numbers: Any, rate: Rate) -> Array:
        """Return the state one step later."""


def apply(factor: Any, state: Array) -> Array:
    """Return factor · state: entry by entry, or by a matrix at every mode."""
    if factor.ndim == state.ndim:
        return factor * state
    size = len(state)
    rows = [sum(factor[a, b] * state[b] for b in range(size)) for a in range(size)]
    return jnp.stack(rows)
