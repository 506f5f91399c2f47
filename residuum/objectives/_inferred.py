"""Numbers to be inferred, kept inside their bounds while they are trained."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from residuum.problem import Problem


class Inferred(eqx.Module):
    """p = middle + half · tanh(z): z is trained, p stays between its bounds.

    Args:
        raw: z by name.
        middle, half: of the bounds, in the order of the names.
    """

    raw: dict[str, Array]
    middle: tuple[float, ...] = eqx.field(static=True)
    half: tuple[float, ...] = eqx.field(static=True)

    def values(self) -> dict[str, Array]:
        """Return the numbers by name."""
        parts = zip(self.raw.items(), self.middle, self.half, strict=True)
        return {name: middle + half * jnp.tanh(z) for (name, z), middle, half in parts}

    def numbers(self) -> dict[str, float]:
        """Return the numbers as floats."""
        return {name: float(value) for name, value in self.values().items()}


def inferred(problem: Problem, known: dict[str, float] | None = None) -> Inferred:
    """Return the parameters of a problem that are to be inferred, at their starting values.

    ``known`` replaces starting values by name.
    """
    raw: dict[str, Array] = {}
    middle, half = [], []
    # JAX keeps dictionaries sorted by name, and so must the tuples beside it be.
    for p in sorted(problem.inferred, key=lambda p: str(p.name)):
        assert p.bounds is not None
        low, high = p.bounds
        middle.append((low + high) / 2)
        half.append((high - low) / 2)
        start = (known or {}).get(p.name, middle[-1] if p.value is None else p.value)
        raw[p.name] = jnp.arctanh(jnp.clip((start - middle[-1]) / half[-1], -0.99, 0.99))
    return Inferred(raw, tuple(middle), tuple(half))
